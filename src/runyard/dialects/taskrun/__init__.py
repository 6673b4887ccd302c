"""TaskRunService: scripts as files, one live run each, logs and the machine's figures."""

from runyard.dialects.taskrun import chains, logs, runs, system, tasks  # register their endpoints
from runyard.dialects.taskrun.envelope import DIALECT

__all__ = ["DIALECT", "chains", "logs", "runs", "system", "tasks"]
