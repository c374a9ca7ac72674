"""Suite 2: hybrid handshake and Double Ratchet. Bytes, time and randomness in, bytes out."""
