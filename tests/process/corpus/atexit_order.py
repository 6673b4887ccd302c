import atexit, threading, time
atexit.register(print, "exit 1")
atexit.register(print, "exit 2")
def late():
    time.sleep(0.1)
    print("thread done")
threading.Thread(target=late).start()
print("main done")
