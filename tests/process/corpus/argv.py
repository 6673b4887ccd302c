import sys, os
print(sys.argv[1:], os.path.basename(sys.argv[0]), os.path.basename(__file__))
print(sys.path[0] == os.path.dirname(os.path.abspath(__file__)))
print(sys.executable, sys.flags, sys.prefix)
print([p for p in sys.path[1:]])
