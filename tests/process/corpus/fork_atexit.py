import atexit, os
atexit.register(lambda: print("exit function", os.getpid() == parent))
parent = os.getpid()
pid = os.fork()
if pid:
    os.waitpid(pid, 0)
