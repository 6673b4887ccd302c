"""What a task type does: how its runs are launched, and what happens inside the run process."""
