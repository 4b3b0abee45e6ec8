"""The rows of the pages of tasks. The task is the owner's; members see their own, owners and admins all."""

from tests.authorization.rows import Row

_NOT_SEEING = "writer reader bystander outsider"

TASK_PAGES: dict[str, Row] = {
    "tasks GET": Row("owner admin writer reader bystander viewer outsider", "auditor", missing="getTask"),
    "task GET": Row("owner admin", "auditor", f"{_NOT_SEEING} viewer", missing="getTask"),
    "task_csv GET": Row("owner admin", "auditor", f"{_NOT_SEEING} viewer", missing="getTask"),
    "cancel_task GET": Row("owner admin", "auditor", f"{_NOT_SEEING} viewer", missing="getTask"),
    "cancel_task POST": Row(
        "owner admin", "viewer auditor", _NOT_SEEING, missing="createTask", success=302, events=("task.cancelled",)
    ),
}
