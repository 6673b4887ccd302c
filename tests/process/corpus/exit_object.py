import sys
class Thing:
    def __str__(self):
        return "thing"
sys.exit(Thing())
