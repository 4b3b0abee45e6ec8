"""What comes in and goes out."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

Length = Annotated[int, Meta(ge=0, le=1000)]
Images = str | list[str]


class Task(Struct, rename="camel", kw_only=True):
    """What is to be done. The one type here is `ImageToTextTask`; the image goes in `body`, `image` or `images`."""

    type: Annotated[str, Meta(description="ImageToTextTask")] = ""
    body: Annotated[Images | None, Meta(description="A PNG, JPEG, WebP or GIF in base64, or a list of them")] = None
    image: Images | None = None
    images: Images | None = None
    phrase: Annotated[bool | int | None, Meta(description="The text has several words")] = None
    case: Annotated[bool | int | None, Meta(description="False: the text comes in lower case")] = None
    numeric: Annotated[bool | int | None, Meta(description="1: digits alone; 2: no digits; 0: either")] = None
    math: Annotated[bool | int | None, Meta(description="Must not be true: nothing is calculated here")] = None
    min_length: Annotated[Length | None, Meta(description="In characters; 0 for any")] = None
    max_length: Annotated[Length | None, Meta(description="In characters; 0 for any")] = None


class CreateTask(Struct, rename="camel", kw_only=True):
    """A task, and the key that it is paid with."""

    client_key: Annotated[str, Meta(description="An API key: nct_…")]
    task: Task | None = None
    language_pool: Annotated[str | None, Meta(description="en: Latin letters; rn: Latin and Cyrillic ones")] = None
    soft_id: int | str | None = None
    callback_url: Annotated[str | None, Meta(description="Must be empty: ask for the result instead")] = None


class AskForTask(Struct, rename="camel"):
    """A task's id, and a key."""

    client_key: Annotated[str, Meta(description="An API key: nct_…")]
    task_id: int | str


class AskForBalance(Struct, rename="camel"):
    """A key."""

    client_key: Annotated[str, Meta(description="An API key: nct_…")]


class Solve(Task, rename="camel", kw_only=True):
    """A task without more around it; or, in the older form, `method`, `id` and `image`."""

    method: Annotated[str | None, Meta(description="In the older form: ocr")] = None
    id: Annotated[int | str | None, Meta(description="In the older form: a name of your own, which comes back")] = None
    language_pool: str | None = None


class TaskError(Struct, rename="camel"):
    """What went wrong, in the words of both dialects."""

    error_id: Annotated[int, Meta(ge=1)]
    error_code: str
    error_description: str
    code: int
    msg: str
    retry_after_sec: int | UnsetType = UNSET


class TaskStarted(Struct, rename="camel"):
    """The task is taken, and its price reserved."""

    task_id: str
    status: str = "idle"
    error_id: Annotated[int, Meta(ge=0, le=0)] = 0
    error_code: str = ""
    error_description: str = ""


class Solution(Struct):
    """The text: of a single image itself, of a list a list, in which an image without text has an empty one."""

    text: str | list[str]


class TaskResult(Struct, rename="camel", kw_only=True):
    """How far a task is: `processing`; `ready` with its solution; `failed`, with what `TaskError` says."""

    error_id: int = 0
    error_code: str = ""
    error_description: str = ""
    status: str
    task_id: str
    solution: Solution | UnsetType = UNSET
    cost: int | UnsetType = UNSET
    create_time: int | UnsetType = UNSET
    end_time: int | UnsetType = UNSET
    code: int | UnsetType = UNSET
    msg: str | UnsetType = UNSET


class Solved(Struct, rename="camel", kw_only=True):
    """What was read."""

    error_id: int = 0
    error_code: str = ""
    error_description: str = ""
    status: str = "ready"
    task_id: str
    solution: Solution
    cost: int


class SolvedInOlderForm(Struct, kw_only=True):
    """The same, in the older form."""

    id: int | str
    solution: str | list[str]
    status: str = "solved"
    url: Annotated[str, Meta(description="Where the result can be asked for again, for 24 hours")]


class ClientBalance(Struct, rename="camel"):
    """What is left, in credits."""

    balance: int
    error_id: Annotated[int, Meta(ge=0, le=0)] = 0
    packages: list[str] = msgspec.field(default_factory=list)


class Plan(Struct, rename="camel"):
    """What tasks cost, in credits, and what is held for those that have not ended."""

    name: str
    price_per_task: int
    reserved: int


class Balance(Struct):
    """What is left, in credits, and whose it is."""

    balance: int
    username: str
    plan: Plan
    status: str = "ok"


class Reported(Struct, rename="camel"):
    """The report was taken; its price is back, if this was the first one."""

    error_id: Annotated[int, Meta(ge=0, le=0)] = 0
    status: str = "success"
