import sys
print(sys.gettrace(), sys.getprofile(), sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__)
print(hasattr(sys, "last_type"), hasattr(sys, "ps1"), sys.exc_info())
