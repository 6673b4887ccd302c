import sys
print([n for n in sys.modules if "runyard" in n or "zygote" in n])
print("child" in sys.modules, "become" in globals(), "TEMPLATE" in globals())
