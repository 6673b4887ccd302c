import os
print(sorted(int(n) for n in os.listdir("/proc/self/fd") if int(n) < 250))
print(os.readlink("/proc/self/fd/0"))
f = open("/dev/null")
print(f.fileno())
