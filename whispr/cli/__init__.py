"""The `whispr` command."""
