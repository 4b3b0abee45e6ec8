"""Tasks: how far one is, and what became of each of its items."""

import re
from typing import Final
from uuid import UUID

from apps.api.contract import Call
from apps.api.errors import invalid_request
from apps.api.privatecaptcha import ids, schemas
from apps.api.privatecaptcha.codes import Code
from apps.api.privatecaptcha.contracts import READING_STATUSES, platform_api, success
from apps.api.privatecaptcha.ids import IdSpace
from apps.permissions.refusals import Forbidden
from apps.sites import site_key
from apps.sites.access import NoSuchOrganization, NoSuchSite, OutOfReach
from apps.sites.operations import SiteLimitReached
from apps.sites.settings import NameTaken
from apps.tasks import work
from apps.tasks.kinds import Kind
from apps.tasks.models import ItemState, TaskItem

_TASK_ID: Final = re.compile(r"[0-9a-fA-F]{32}")
_CODES: Final = {
    NoSuchSite.__name__: Code.ID_INVALID,
    NameTaken.__name__: Code.NAME_TAKEN,
    SiteLimitReached.__name__: Code.PROPERTY_LIMIT,
    OutOfReach.__name__: Code.ORG_FORBIDDEN,
    NoSuchOrganization.__name__: Code.ORG_FORBIDDEN,
    Forbidden.__name__: Code.SETTINGS_FORBIDDEN,
}
"""The code of an item by the refusal that failed it; any other is a plain failure."""
_CODES_OF_CREATION: Final = _CODES | {Forbidden.__name__: Code.ORG_FORBIDDEN}


@platform_api.endpoint(
    "GET",
    "/asynctask/{id}",
    summary="Get a task",
    permission="getTask",
    answer=schemas.TaskAnswer,
    statuses=(*READING_STATUSES, 404),
)
def get_asynctask(call: Call) -> schemas.TaskAnswer:
    """How far a task is; once it has finished, what became of each item. Tasks are kept for 30 days."""
    text = call.path["id"]
    if not _TASK_ID.fullmatch(text):
        raise invalid_request("A task's id is 32 hexadecimal digits.")
    task = work.get_task(call.actor, task_id=UUID(text))
    codes = _CODES_OF_CREATION if task.kind == Kind.SITES_CREATE else _CODES
    result = [_result(item, codes) for item in task.items.order_by("index")] if task.is_finished else None
    return schemas.TaskAnswer(success(call), schemas.TaskState(task.pk.hex, task.is_finished, result))


def _result(item: TaskItem, codes: dict[str, Code]) -> schemas.ItemResult:
    if item.state != ItemState.DONE:
        return schemas.ItemResult(codes.get(item.problem, Code.FAILURE), description=item.description or _NOT_DONE)
    result = schemas.ItemResult(Code.OK)
    if number := item.result.get("site_id"):
        result.id = ids.encode(IdSpace.PROPERTY, number)
    if key := site_key.read(item.result.get("site_key", "")):
        result.sitekey = key.hex
    return result


_NOT_DONE: Final = "This was not done: the task was cancelled before."
