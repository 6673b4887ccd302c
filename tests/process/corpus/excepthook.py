import sys
def hook(kind, error, trace):
    n = 0
    while trace:
        n += 1
        trace = trace.tb_next
    print("hook", kind, error, n)
sys.excepthook = hook
raise ValueError("seen by the hook")
