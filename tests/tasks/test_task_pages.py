"""The pages about tasks: what they show, how they follow a task, and what can be taken away."""

import csv
import io
import re

import pytest
from django.test import Client

from apps.tasks.models import Task, TaskItem
from tests.people import Person
from tests.tasks.conftest import Start, many_sites, sites_named, work

pytestmark = pytest.mark.django_db


def shown(browser: Client, address: str, **headers: str) -> str:
    answer = browser.get(address, headers=headers)
    assert answer.status_code == 200
    return str(answer.content.decode())


def names_in(page: str) -> list[str]:
    return re.findall(r"Site-\d+(?=\s*<)", page)


def test_without_tasks_the_list_says_what_will_be_there(alice: Person) -> None:
    assert "Tasks that you start" in shown(alice.browser, "/tasks/")


def test_the_list_follows_unfinished_tasks_and_leaves_finished_ones_alone(start: Start, alice: Person) -> None:
    task = start(many_sites(2))
    waiting = shown(alice.browser, "/tasks/")
    assert "every 1s" in waiting
    assert "0 of 2" in waiting

    work(task)
    finished = shown(alice.browser, "/tasks/")
    assert "every 1s" not in finished
    assert "2 of 2" in finished


def test_asked_by_htmx_only_the_part_that_changes_is_answered(start: Start, alice: Person) -> None:
    task = start(many_sites(2))
    for address, part in (("/tasks/", 'id="tasks"'), (f"/tasks/{task.pk}/", 'id="task"')):
        fragment = shown(alice.browser, address, **{"HX-Request": "true"})
        assert part in fragment
        assert "<html" not in fragment


def test_that_a_watched_task_has_finished_is_told(start: Start, alice: Person) -> None:
    task = start(many_sites(1))
    address = f"/tasks/{task.pk}/"
    assert "HX-Trigger" not in alice.browser.get(address, headers={"HX-Request": "true"})
    work(task)
    assert "Import: Done." in alice.browser.get(address, headers={"HX-Request": "true"})["HX-Trigger"]
    assert "HX-Trigger" not in alice.browser.get(address)


def test_items_are_paged_in_their_order_with_as_many_queries_on_every_page(
    start: Start, alice: Person, django_assert_max_num_queries
) -> None:
    task = start(many_sites(120))
    address, seen, browser = f"/tasks/{task.pk}/", list[str](), alice.browser
    while address:
        with django_assert_max_num_queries(16):
            page = shown(browser, address)
        seen += names_in(page)
        following = re.search(r'href="([^"]+)"\s+rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"Site-{number}" for number in range(120)]


def test_failed_items_can_be_shown_alone(start: Start, alice: Person) -> None:
    inputs = sites_named("One", "Two")
    inputs[1]["allowed_origins"] = ["no origin"]
    task = work(start(inputs))

    page = shown(alice.browser, f"/tasks/{task.pk}/?show=failed")
    assert "Two" in page
    assert "One" not in page
    assert "Nothing failed" in shown(alice.browser, f"/tasks/{work(start(many_sites(1))).pk}/?show=failed")


def test_the_download_has_every_item_and_no_formula(start: Start, alice: Person) -> None:
    task = work(start([*sites_named("One"), {"name": "=1+1", "allowed_origins": ["no origin"]}]))

    answer = alice.browser.get(f"/tasks/{task.pk}/results.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))

    made = TaskItem.objects.get(state="done")
    assert [(row["line"], row["name"], row["state"], row["problem"]) for row in rows] == [
        ("1", "One", "done", ""),
        ("2", "'=1+1", "failed", "Invalid"),
    ]
    assert rows[0]["site_key"] == made.site_key
    assert "no origin" in rows[1]["description"]
    assert answer["Content-Disposition"] == f'attachment; filename="task-{task.pk}.csv"'


def test_cancelling_what_has_finished_says_so(start: Start, alice: Person) -> None:
    task = work(start(many_sites(1)))
    browser = alice.browser
    assert browser.get(f"/tasks/{task.pk}/cancel").status_code == 302
    answer = browser.post(f"/tasks/{task.pk}/cancel", follow=True)
    assert "has finished already" in answer.content.decode()


def test_a_task_that_was_given_up_says_so(start: Start, alice: Person) -> None:
    task = start(many_sites(1))
    Task.objects.update(gave_up=True, finished_at=task.created_at)
    page = shown(alice.browser, f"/tasks/{task.pk}/")
    assert "Given up" in page
    assert "every 1s" not in page


def test_who_may_read_no_tasks_has_no_way_to_them(erin: Person, alice: Person) -> None:
    assert 'href="/tasks/"' in shown(alice.browser, "/")
    assert 'href="/tasks/"' not in shown(erin.browser, "/")
