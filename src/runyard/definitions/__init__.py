"""What a task's author writes: files, their metadata blocks and their settings."""
