import atexit
def broken():
    raise ValueError("in atexit")
atexit.register(print, "still runs")
atexit.register(broken)
