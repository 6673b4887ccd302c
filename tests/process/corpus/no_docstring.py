print(__doc__, __annotations__)
x: int = 3
print(__annotations__)
