"""Several relay processes under one parent."""
