class Noisy:
    def __init__(self, name):
        self.name = name
    def __del__(self):
        print("gone", self.name)
a = Noisy("a")
b = Noisy("b")
def f():
    return a
c = Noisy("c")
c.me = c
