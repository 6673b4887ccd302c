import sibling_module
print(sibling_module.VALUE, sibling_module.__name__)
try:
    from . import sibling_module
except ImportError as e:
    print(e)
