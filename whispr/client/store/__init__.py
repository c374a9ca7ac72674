"""The encrypted database of a profile."""
