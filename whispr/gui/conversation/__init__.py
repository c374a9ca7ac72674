"""The conversation: one canvas that draws the rows in view and nothing else."""
