import atexit, sys
def leave():
    sys.exit(3)
atexit.register(print, "still runs")
atexit.register(leave)
