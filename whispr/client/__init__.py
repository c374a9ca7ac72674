"""The client library: keys, messages, files and the connections to relays."""
