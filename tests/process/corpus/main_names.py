"""The docstring."""
print(sorted(globals()), __name__, __doc__, __package__, __spec__, __builtins__)
print(type(__loader__).__name__, __loader__.name, __loader__.path == __file__)
print(list(globals()))
import __main__, sys
print(__main__.__dict__ is globals(), sys.modules["__main__"] is __main__)
