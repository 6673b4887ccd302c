def f(n):
    return g(n)
def g(n):
    raise ValueError("bad value")
f(3)
