"""What makers of engines can use in their own tests."""
