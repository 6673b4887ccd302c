import inspect
def hello():
    # a comment
    return 1
class C:
    x = 1
print(inspect.getsource(hello), inspect.getsource(C), inspect.getsourcefile(hello) == __file__)
print(inspect.getmodule(hello))
