"""The screens of the desktop client and their parts."""
