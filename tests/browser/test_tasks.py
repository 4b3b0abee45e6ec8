"""A task's page follows its task by itself, and stops when it has finished; cancelling asks first."""

import pytest
from playwright.sync_api import expect

from apps.sites.models import Site
from apps.tasks.models import Task
from apps.tasks.running import run_task
from apps.tasks.work import start_task
from tests.tasks.conftest import many_sites


@pytest.fixture
def waiting(alice) -> Task:
    return start_task(alice.actor, kind="sites.create", inputs=many_sites(3), title="Import of shops")


@pytest.fixture
def watching(new_context, sign_in, alice):
    page = new_context().new_page()
    sign_in(page, alice)
    return page


def test_the_page_of_a_task_follows_it_until_it_has_finished(watching, waiting):
    watching.goto("/tasks/")
    watching.get_by_role("link", name="Import of shops").click()
    expect(watching.get_by_text("0 of 3")).to_be_visible()

    run_task.call(str(waiting.pk))

    expect(watching.get_by_text("3 of 3")).to_be_visible()
    expect(watching.get_by_role("link", name="Site-2")).to_be_visible()
    expect(watching.get_by_text("Import of shops: Done.")).to_be_visible()
    requests: list[str] = []
    watching.on("request", lambda request: requests.append(request.url))
    watching.wait_for_timeout(1500)
    assert requests == []


def test_the_list_follows_its_tasks_until_all_have_finished(watching, waiting):
    watching.goto("/tasks/")
    expect(watching.get_by_text("0 of 3")).to_be_visible()

    run_task.call(str(waiting.pk))

    expect(watching.get_by_text("3 of 3")).to_be_visible()
    expect(watching.get_by_role("link", name="Refresh")).to_have_count(0)


def test_cancelling_asks_first(watching, waiting):
    watching.goto(f"/tasks/{waiting.pk}/")
    watching.get_by_role("link", name="Cancel what is left").click()
    watching.get_by_role("button", name="Cancel what is left").click()

    expect(watching.get_by_text("“Import of shops” was cancelled.")).to_be_visible()
    run_task.call(str(waiting.pk))
    assert not Site.objects.exists()


def test_without_scripts_a_link_asks_for_the_page_again(new_context, sign_in, alice, waiting):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, alice)
    page.goto(f"/tasks/{waiting.pk}/")
    run_task.call(str(waiting.pk))
    page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_text("3 of 3")).to_be_visible()
