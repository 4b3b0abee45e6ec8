"""Reading text while the request waits. The key is in the header `apikey`."""

from django.conf import settings

from apps.api.contract import ANYTHING, JSON, Call
from apps.api.nocaptchaai.codes import Code
from apps.api.nocaptchaai.contracts import SOLVE_STATUSES, solve_api
from apps.api.nocaptchaai.schemas import Solution, Solve, Solved, SolvedInOlderForm
from apps.api.nocaptchaai.tasks import failure_of, images_of, require_known_type, text_of, wishes_of
from apps.ocr.models import ImageTask, ImageTaskState
from apps.ocr.reading import read_now

_METHOD = "ocr"


@solve_api.endpoint(
    "POST",
    "/solve",
    summary="Read the text in an image at once",
    answer=Solved | SolvedInOlderForm,
    body=Solve,
    permission="createTask",
    takes=(JSON, ANYTHING),
    statuses=SOLVE_STATUSES,
)
def post_solve(call: Call) -> Solved | SolvedInOlderForm:
    """Takes what stands in `task` elsewhere, and answers with the text within 10 seconds. The older form is
    `method` (`ocr`), `id` and `image`.
    """
    body: Solve = call.body
    if body.method is not None and body.method != _METHOD:
        raise Code.TASK_UNKNOWN.error(f"The method {body.method[:40]} is not supported: this server knows {_METHOD}.")
    if body.method is None:
        require_known_type(body)
    wishes = wishes_of(body, body.language_pool)
    images, is_list = images_of(body)
    task = read_now(call.actor, images=images, is_list=is_list, wishes=wishes)
    if task.state != ImageTaskState.READY:
        raise failure_of(task)[1]
    return _older(body, task) if body.method else _solved(task)


def _solved(task: ImageTask) -> Solved:
    return Solved(task_id=task.code, solution=Solution(text_of(task)), cost=task.price)


def _older(body: Solve, task: ImageTask) -> SolvedInOlderForm:
    url = f"{settings.BASE_URL}/getTaskResult"
    return SolvedInOlderForm(id=task.code if body.id is None else body.id, solution=text_of(task), url=url)
