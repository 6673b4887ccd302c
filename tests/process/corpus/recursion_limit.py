import sys
print(sys.getrecursionlimit(), sys.getswitchinterval())
def depth(n=0):
    try:
        return depth(n + 1)
    except RecursionError:
        return n
print(abs(depth() - 995) < 10)
