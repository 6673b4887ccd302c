"""Say hello, slowly, and show the progress.

The shortest useful task: a plain script that tells how far it is. Started by hand with
`python hello.py` it runs just the same.
"""

import time

import runyard

NAMES = ["Ada", "Grace", "Guido", "Linus", "you"]

for number, name in enumerate(NAMES, start=1):
    print(f"Hello, {name}!")
    runyard.progress(100 * number / len(NAMES), f"greeted {name}")
    time.sleep(0.5)

runyard.result({"greeted": NAMES})
