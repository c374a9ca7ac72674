"""Prekeys: what a first message to somebody who is away is sealed with."""
