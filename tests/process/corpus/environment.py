import os, subprocess
e = {k: v for k, v in os.environ.items() if not k.startswith("RUNYARD")}
print(sorted(e.items()))
out = subprocess.check_output(["env"], text=True)
print(sorted(l for l in out.splitlines() if not l.startswith(("RUNYARD"))))
os.environ["NEW"] = "x"
print(subprocess.check_output("echo $NEW", shell=True))
