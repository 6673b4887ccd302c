"""Task Control's Python API: a loop that is paused, triggered, resumed and cancelled.

    python flow.py

It uses the server at RUNYARD_URL; without one it starts its own in the current folder.
"""

from datetime import datetime, timedelta

from runyard.compat.taskcontrol import TaskTriggerType, task_control_service

loop = task_control_service.create_task(
    user_id="user1",
    content="echo checking the server",
    trigger_type=TaskTriggerType.LOOP,
    trigger_args={"interval": 30},
)
print("created", task_control_service.get_task_definition(loop).status)
task_control_service.pause_schedule(loop)
print("paused", task_control_service.get_task_definition(loop).status)
task_control_service.trigger_immediately(loop)
task_control_service.resume_schedule(loop)
print("resumed", task_control_service.get_task_definition(loop).status)
print("instances", len(task_control_service.get_task_instances(loop)))
task_control_service.cancel_task(loop)
print("cancelled", task_control_service.get_task_definition(loop).status)

later = task_control_service.create_task(
    user_id="user1",
    content="echo good morning",
    trigger_type=TaskTriggerType.SCHEDULED,
    trigger_args={"run_date": datetime.now().astimezone() + timedelta(hours=8)},
)
print("dated", task_control_service.get_task_definition(later).status)
task_control_service.cancel_task(later)
