import warnings
def f():
    warnings.warn("careful", stacklevel=2)
f()
warnings.warn("here")
warnings.warn("old", DeprecationWarning)
