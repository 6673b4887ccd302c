"""Say hello; the smallest task there can be."""

print("Hello, world!")
