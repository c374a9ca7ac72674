"""Widgets drawn by ourselves, out of which the views are made."""
