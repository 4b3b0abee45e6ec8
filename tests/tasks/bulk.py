"""Pages about many sites at once: what a reader sends, and what they find."""

from typing import Any

from apps.tasks.models import Task
from tests.people import Person
from tests.tasks.conftest import work

IMPORT, EXPORT, CHANGE = "/bulk/import", "/bulk/export.csv", "/bulk/change"
GOOD = "name,domain\nOne,one.example\nTwo,two.example\n"
MIXED = "name,domain\nOne,one.example\nTwo,no domain at all!\nThree,three.example\n"


def try_out(person: Person, text: str) -> str:
    """Try a file out; the address of what it would do."""
    answer = person.browser.post(IMPORT, {"text": text})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def start(person: Person, address: str, **fields: Any) -> Any:
    """Agree to what the file would do."""
    return person.browser.post(f"{address}/start", fields)


def take(person: Person, text: str, count: int, **fields: Any) -> Task:
    """Try a file out, agree to it, and let a worker do it."""
    answer = start(person, try_out(person, text), count=str(count), **fields)
    assert answer.status_code == 302
    return work(Task.objects.get())


def exported(person: Person, **query: str) -> str:
    """The list as a file."""
    return str(person.browser.get(EXPORT, query).getvalue().decode())
