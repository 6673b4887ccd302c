"""What makers of engines, executors and tasks can use in their own tests."""
