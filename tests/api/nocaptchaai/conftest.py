"""A client of this contract: its key where each endpoint takes it, and credits to spend."""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from apps.credits.operations import get_balance, grant_credits
from apps.ocr import running
from apps.ocr.engine import Engine
from apps.ocr.models import ImageTask
from tests.ocr.drawing import printed
from tests.people import MakeKey, Person

Rich = Callable[[int], None]


def encoded(image: bytes) -> str:
    return base64.b64encode(image).decode()


def image_task(image: bytes | None = None, **more: Any) -> dict[str, Any]:
    return {"type": "ImageToTextTask", "body": encoded(printed("harbour") if image is None else image), **more}


class Reader:
    """Calls the contract with one key."""

    def __init__(self, token: str) -> None:
        self.token = token

    def post(self, path: str, **fields: Any) -> dict[str, Any]:
        """What is answered, with the key in the body; the status is 200 whatever happens."""
        body = {"clientKey": self.token, **fields}
        answer = Client().post(path, body, content_type="application/json")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def create(self, task: Any = None, **fields: Any) -> dict[str, Any]:
        return self.post("/createTask", task=image_task() if task is None else task, **fields)

    def result(self, task_id: str) -> dict[str, Any]:
        return self.post("/getTaskResult", taskId=task_id)

    def report(self, task_id: str) -> dict[str, Any]:
        return self.post("/reportIncorrectImageCaptcha", taskId=task_id)

    def balance(self) -> Any:
        return self.post("/getBalance")["balance"]

    def solve(self, body: Any) -> Any:
        return Client(headers={"apikey": self.token}).post("/solve", body, content_type="application/json")


@pytest.fixture
def reader(alice: Person, make_key: MakeKey) -> Reader:
    """Calls with a key of Alice's that may do all that this contract knows."""
    return Reader(make_key(alice, "createTask", "getTask", "getBalance"))


@pytest.fixture
def credit(alice: Person) -> Rich:
    """Grants Alice's account credits: `credit(10)`."""

    def give(amount: int) -> None:
        grant_credits(alice.actor, amount=amount, reason="For tests")

    return give


@pytest.fixture(scope="session")
def own_engine() -> Iterator[Engine]:
    """A reader process for all tests of a run, ended with it."""
    engine = Engine()
    yield engine
    engine.stop()


@pytest.fixture(autouse=True)
def _engine(own_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "engine", own_engine)


def work() -> None:
    """Read what waits, as a worker would."""
    for task in list(ImageTask.objects.waiting()):
        running.read_images.call(str(task.pk))


def balance_of(person: Person) -> tuple[int, int]:
    """What the account can spend, and what is held."""
    now = get_balance(person.actor)
    return now.available, now.reserved
