import sys
def hook(kind, error, trace):
    raise TypeError("the hook broke")
sys.excepthook = hook
raise ValueError("original")
