"""Tasks: start, ask for the result, report it as wrong; and the balance. The key is in the body."""

from apps.api.contract import ANYTHING, JSON, Call
from apps.api.nocaptchaai.codes import Code
from apps.api.nocaptchaai.contracts import tasks_api
from apps.api.nocaptchaai.schemas import (
    AskForBalance,
    AskForTask,
    ClientBalance,
    CreateTask,
    Reported,
    Solution,
    TaskError,
    TaskResult,
    TaskStarted,
)
from apps.api.nocaptchaai.tasks import failure_of, images_of, require_known_type, text_of, wishes_of
from apps.credits.operations import get_balance
from apps.ocr.models import ImageTask, ImageTaskState
from apps.ocr.operations import get_image_task, report_wrong, start_reading

_TAKES = (JSON, ANYTHING)


@tasks_api.endpoint(
    "POST",
    "/createTask",
    summary="Have the text in an image read",
    answer=TaskStarted | TaskError,
    body=CreateTask,
    permission="createTask",
    takes=_TAKES,
)
def post_create_task(call: Call) -> TaskStarted:
    """Takes a task of the type `ImageToTextTask` and reserves its price. Ask `/getTaskResult` for the text."""
    body: CreateTask = call.body
    task = require_known_type(body.task)
    if body.callback_url:
        raise Code.BAD_PARAMETERS.error("callbackUrl is not supported: ask /getTaskResult for the result.")
    wishes = wishes_of(task, body.language_pool)
    images, is_list = images_of(task)
    return TaskStarted(start_reading(call.actor, images=images, is_list=is_list, wishes=wishes).code)


@tasks_api.endpoint(
    "POST",
    "/getTaskResult",
    summary="Get the result of a task",
    answer=TaskResult | TaskError,
    body=AskForTask,
    permission="getTask",
    takes=_TAKES,
)
def post_get_task_result(call: Call) -> TaskResult:
    """`processing` until the images are read, then `ready` with the text or `failed` with the reason, for 24 hours."""
    return _result(get_image_task(call.actor, code=str(call.body.task_id)))


@tasks_api.endpoint(
    "POST",
    "/reportIncorrectImageCaptcha",
    summary="Report a text as wrong",
    answer=Reported | TaskError,
    body=AskForTask,
    permission="createTask",
    takes=_TAKES,
)
def post_report_incorrect_image_captcha(call: Call) -> Reported:
    """Gives the task's price back, once."""
    report_wrong(call.actor, code=str(call.body.task_id))
    return Reported()


@tasks_api.endpoint(
    "POST",
    "/getBalance",
    summary="Get the balance",
    answer=ClientBalance | TaskError,
    body=AskForBalance,
    permission="getBalance",
    takes=_TAKES,
)
def post_get_balance(call: Call) -> ClientBalance:
    """How many credits the account can spend."""
    return ClientBalance(get_balance(call.actor).available)


def _result(task: ImageTask) -> TaskResult:
    if task.finished_at is None:
        return TaskResult(status="processing", task_id=task.code)
    result = TaskResult(status=str(task.state), task_id=task.code)
    result.create_time, result.end_time = int(task.created_at.timestamp()), int(task.finished_at.timestamp())
    if task.state == ImageTaskState.READY:
        result.solution, result.cost = Solution(text_of(task)), task.price
        return result
    code, error = failure_of(task)
    result.error_id, result.error_code, result.error_description = code.error_id, code.error_code, str(error)
    result.code, result.msg, result.cost = code.code, code.msg, 0
    return result
