import importlib, sys
print(importlib.import_module("__main__") is sys.modules["__main__"])
import runpy
print(runpy.run_path(__file__.replace("import_main", "sibling_module"))["VALUE"])
