import os, sys
os.close(1)
print("to nowhere", end="")
