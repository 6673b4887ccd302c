import sys
for f in (sys.stdin, sys.stdout, sys.stderr):
    print(f.name, f.mode, f.encoding, f.errors, f.isatty(), f.closed, f.fileno(), f.newlines, type(f), type(f.buffer))
print(sys.stdout.seekable(), sys.stdout.writable(), sys.stdout.readable(), sys.stdin.readable())
print(sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__)
