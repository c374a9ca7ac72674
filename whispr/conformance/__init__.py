"""Runs the rules of the protocol against any relay and any client."""
