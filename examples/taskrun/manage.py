"""TaskRunService's Python API: create a script, run it, follow it to its end, read its log.

    python manage.py

It uses the server at RUNYARD_URL; without one it starts its own in the current folder.
"""

import time

from runyard.compat.taskrun import TaskManager

SCRIPT = """
import sys

count = int(sys.argv[1])
for number in range(count):
    print("item", number + 1, "of", count)
"""

manager = TaskManager()
manager.create_task("data_process", SCRIPT)
run_id, message = manager.execute_task("data_process", params=[5])
print(message)
if run_id is None:
    raise SystemExit(1)
while True:
    status = manager.get_task_status(run_id)
    if status["status"] != "running":
        break
    time.sleep(0.1)
print(status["status"])
