import atexit, sys
atexit.register(lambda: print(sys.last_type, sys.last_value))
raise ValueError("kept")
