"""The wire: bytes and time in, events and bytes out; no I/O, no clock."""
