import os, tempfile
path = tempfile.mktemp()
f = open(path, "w")
f.write("buffered text")
import atexit
print(os.path.getsize(path))
