"""From a task on the wire to images and wishes, and from one that has ended to its text."""

import base64
import binascii
import re
from typing import Final

from apps.api.errors import ApiError
from apps.api.nocaptchaai.codes import OF_PROBLEM, Code
from apps.api.nocaptchaai.schemas import Images, Task
from apps.ocr.images import ImageTooSmall, ImageUnknown
from apps.ocr.models import ImageTask
from apps.ocr.wishes import LANGUAGE_POOLS, Numeric, Wishes

ONLY_TYPE: Final = "ImageToTextTask"
_DATA_URL: Final = re.compile(r"data:[\w.+-]*/?[\w.+-]*(?:;[\w.=+-]+)*,")
_STANDARD: Final = str.maketrans("-_", "+/")


def require_known_type(task: Task | None) -> Task:
    """The task, when it is one that is done here.

    Raises:
        ApiError: for none, and for any other type.
    """
    if task is None:
        raise Code.TASK_ABSENT.error(f"There is no task. Send one of the type {ONLY_TYPE}.")
    if task.type != ONLY_TYPE:
        named = f"The task type {task.type[:40]}" if task.type else "A task without a type"
        raise Code.TASK_UNKNOWN.error(f"{named} is not supported: this server reads text, as {ONLY_TYPE}.")
    return task


def images_of(task: Task) -> tuple[list[bytes], bool]:
    """The images of a task, and whether they came as a list.

    Raises:
        ImageRefused: for one that is none.
        ApiError: when they came in several fields.
    """
    given: list[Images] = [one for one in (task.body, task.image, task.images) if one]
    if not given:
        raise ImageTooSmall("There is no image. Send one as body, in base64.")
    if len(given) > 1:
        raise Code.BAD_PARAMETERS.error("The image came in several fields. Send it as body, and nowhere else.")
    [found] = given
    is_list = isinstance(found, list)
    return [_decoded(text) for text in (found if isinstance(found, list) else [found])], is_list


def wishes_of(task: Task, language_pool: str | None) -> Wishes:
    """What the text has to be like.

    Raises:
        ApiError: for what cannot be wished for.
    """
    if task.math:
        raise Code.BAD_PARAMETERS.error("math is not supported: this server reads text, and calculates nothing.")
    if language_pool and language_pool not in LANGUAGE_POOLS:
        raise Code.BAD_PARAMETERS.error("languagePool is en or rn.")
    numeric = int(task.numeric or 0)
    if numeric not in {*Numeric}:
        raise Code.BAD_PARAMETERS.error("numeric is 0 (either), 1 (digits alone) or 2 (no digits).")
    shortest, longest = task.min_length or 0, task.max_length or 0
    if longest and shortest > longest:
        raise Code.BAD_PARAMETERS.error(f"minLength {shortest} is more than maxLength {longest}.")
    return Wishes(
        language_pool=language_pool or "",
        numeric=Numeric(numeric),
        is_cased=None if task.case is None else bool(task.case),
        is_phrase=bool(task.phrase),
        min_length=shortest,
        max_length=longest,
    )


def text_of(task: ImageTask) -> str | list[str]:
    """What was read: a list where the images came as one."""
    return task.texts if task.is_list else task.texts[0]


def failure_of(task: ImageTask) -> tuple[Code, ApiError]:
    """What became of a task that failed."""
    code = OF_PROBLEM[task.problem]
    return code, code.error(task.description)


def _decoded(text: str) -> bytes:
    plain = "".join(_DATA_URL.sub("", text[:200], count=1).split()) + "".join(text[200:].split())
    standard = plain.translate(_STANDARD).rstrip("=")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ImageUnknown("The image is no base64. Send the file's bytes in base64.") from None
