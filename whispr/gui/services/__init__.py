"""What the desktop asks of the system around it; each has an answer when there is none."""
