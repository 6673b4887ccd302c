import subprocess, sys
print("before", flush=True)
subprocess.run([sys.executable, "-c", "import sys; print('inner', sys.argv)", "x"], check=True)
print(subprocess.run("echo out; echo err >&2; exit 3", shell=True).returncode)
print(subprocess.check_output(["cat"], stdin=subprocess.DEVNULL))
