"""NoCaptchaAI's endpoints, and the page on which an image is tried out: who may do what.

The task is the owner's; members see their own. What is refused is told with the status 200 where the key is in the
body; `send` turns that into the status that it has in every other contract.
"""

import base64
from typing import Any

from tests.authorization.rows import CREATORS, Row
from tests.ocr.drawing import printed

_TASK: dict[str, Any] = {"type": "ImageToTextTask", "body": base64.b64encode(printed("harbour")).decode()}
_NOT_SEEING = "writer reader bystander outsider"
_HAS_BALANCE = "owner admin writer reader bystander viewer outsider"


class Upload:
    """A file that can be sent any number of times."""

    name = "harbour.png"

    def read(self) -> bytes:
        """All of it."""
        return printed("harbour")


TEXT_PAGES: dict[str, Row] = {
    "read_text GET": Row(CREATORS, "viewer auditor", missing="createTask"),
    "read_text POST": Row(
        CREATORS,
        "viewer auditor",
        missing="createTask",
        events=("credits.reserved", "task.started", "credits.charged"),
        body={"image": Upload(), "numeric": "0"},
    ),
}
NOCAPTCHAAI: dict[str, Row] = {
    "nocaptchaai /createTask POST": Row(
        CREATORS,
        "viewer auditor",
        missing="createTask",
        events=("credits.reserved", "task.started"),
        body={"task": _TASK},
    ),
    "nocaptchaai /getTaskResult POST": Row(
        "owner admin", "auditor", f"{_NOT_SEEING} viewer", missing="getTask", body={"taskId": "@image_task"}
    ),
    "nocaptchaai /reportIncorrectImageCaptcha POST": Row(
        "owner admin",
        "viewer auditor",
        _NOT_SEEING,
        missing="createTask",
        events=("credits.refunded",),
        body={"taskId": "@image_task"},
    ),
    "nocaptchaai /solve POST": Row(
        CREATORS,
        "viewer auditor",
        missing="createTask",
        events=("credits.reserved", "task.started", "credits.charged"),
        body=_TASK,
    ),
    "nocaptchaai /getBalance POST": Row(_HAS_BALANCE, "auditor", missing="getBalance", body={"softId": 847}),
    "nocaptchaai /balance GET": Row(_HAS_BALANCE, "auditor", missing="getBalance"),
}
