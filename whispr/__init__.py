"""Whispr: an end-to-end-encrypted messenger that one person can host alone."""

__version__ = "0.1.0"
