"""Say hello."""

print("Hello!")
