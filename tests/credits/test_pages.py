"""The page of credits: what there is, what was spent each day, and why; only of the own account."""

import csv
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import override_settings

from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.credits import ledger
from apps.credits.spending import get_credits_report
from tests.credits.conftest import Give, Reserve
from tests.dashboard.reading import read
from tests.people import Person

pytestmark = pytest.mark.django_db


def text_of(person: Person, address: str = "/credits/") -> str:
    return read(person.browser.get(address)).text


def test_the_page_says_what_is_available_reserved_and_spent(alice: Person, give: Give, take: Reserve) -> None:
    give(100)
    give(20, days=3)
    ledger.charge(take(30))
    ledger.refund(take(5), reason="No text was found")
    take(7)
    text = text_of(alice)
    for said in ("Available 83 none expires", "Reserved 7 for tasks under way", "Spent in 30 days 30 5 refunded"):
        assert said in text
    assert "No text was found" in text


def test_the_page_says_what_expires_next(alice: Person, give: Give, take: Reserve) -> None:
    give(100)
    give(20, days=3)
    take(5)
    assert "Available 115 15 expire in 2 days" in text_of(alice)


def test_what_is_spent_is_counted_on_the_day_it_was_settled(alice: Person, give: Give, take: Reserve) -> None:
    with clock.at(clock.now() - timedelta(days=40)):
        give(100)
        ledger.charge(take(9))
    works = []
    with clock.at(clock.now() - timedelta(days=2)):
        works = [take(3), take(4), take(5)]
        ledger.charge(works[0])
    ledger.charge(works[1])
    ledger.refund_reported(alice.actor, reference=works[1])
    ledger.charge(works[2])
    days = get_credits_report(alice.actor).days
    assert [day.counts for day in days[-3:]] == [[3, 0], [0, 0], [5, 4]]
    assert sum(day.total for day in days) == 12, "What is older than 30 days is not counted."


def test_an_account_without_credits_is_told_what_they_are_for_and_how_to_get_some(alice: Person, bob: Person) -> None:
    assert "Grant some" in text_of(alice)
    assert f"grant_credits --account {alice.account.pk}" in text_of(alice)
    assert "Ask an owner" in text_of(bob)
    assert 'href="/credits/grant"' not in bob.browser.get("/credits/").content.decode()


@override_settings(OCR_PRICE=0)
def test_where_tasks_are_free_nobody_is_sent_for_credits(alice: Person) -> None:
    assert "Nothing costs credits here" in text_of(alice)


@override_settings(OCR_PRICE=3)
def test_too_few_credits_for_the_next_task_are_pointed_out(alice: Person, give: Give) -> None:
    give(2)
    assert "too few credits for the next task" in text_of(alice)
    give(1)
    assert "too few credits" not in text_of(alice)


def test_the_history_shows_one_kind_alone(alice: Person, give: Give, take: Reserve) -> None:
    give(10)
    ledger.refund(take(1), reason="No text was found")
    ledger.charge(take(1))
    rows = alice.browser.get("/credits/?kind=refund", headers={"HX-Request": "true", "HX-Target": "history"})
    content = rows.content.decode()
    assert content.count('<tr role="row">') == 1 + 1
    assert "No text was found" in content
    assert "<html" not in content
    assert "Nothing of this kind" in text_of(alice, "/credits/?kind=expire")


def test_long_histories_are_paged_and_nothing_is_skipped(alice: Person, give: Give, take: Reserve) -> None:
    give(100)
    for _ in range(29):
        take(1)
    browser: Any = alice.browser
    seen, address = [], "/credits/?kind="
    while address:
        page = browser.get(address).context
        seen += [entry.pk for entry in page["page"].rows]
        address = page["older_url"]
    assert len(seen) == 30
    assert seen == sorted(seen, reverse=True)


def test_the_page_takes_the_same_queries_however_long_the_history(
    alice: Person, give: Give, take: Reserve, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    browser = alice.browser
    give(100)
    take(1)
    browser.get("/credits/")
    with django_assert_max_num_queries(25) as few:
        browser.get("/credits/")
    for _ in range(20):
        ledger.charge(take(1))
    with django_assert_num_queries(len(few.captured_queries)):
        browser.get("/credits/")


def test_the_history_is_a_file_with_formulas_guarded(alice: Person, give: Give, take: Reserve) -> None:
    give(10)
    work = take(4)
    ledger.refund(work, reason="=1+1")
    answer: Any = alice.browser.get("/credits/history.csv")
    rows = list(csv.reader(b"".join(answer.streaming_content).decode().splitlines()))
    assert rows[0] == ["at", "kind", "credits", "available", "price", "reference", "by", "reason"]
    assert [row[1:6] for row in rows[1:]] == [
        ["refund", "4", "10", "4", str(work)],
        ["reserve", "-4", "6", "4", str(work)],
        ["grant", "10", "10", "", ""],
    ]
    assert rows[1][7] == "'=1+1"
    filtered: Any = alice.browser.get("/credits/history.csv?kind=grant")
    assert len(b"".join(filtered.streaming_content).splitlines()) == 2


def test_another_account_sees_nothing_of_it(dave: Person, give: Give, take: Reserve) -> None:
    give(10)
    take(1)
    text = text_of(dave)
    assert "No credits yet" in text
    answer: Any = dave.browser.get("/credits/history.csv")
    assert len(b"".join(answer.streaming_content).splitlines()) == 1


def test_an_auditor_is_not_shown_the_balance(erin: Person) -> None:
    answer = erin.browser.get("/credits/")
    assert answer.status_code == 403
    assert "getBalance" in read(answer).text
    assert 'href="/credits/"' not in erin.browser.get("/").content.decode()


def test_a_piece_of_work_is_named_and_leads_to_its_own_history(alice: Person, give: Give, take: Reserve) -> None:
    give(10)
    take(2)
    work = uuid4()
    ledger.reserve(alice.actor, amount=3, reference=work, label="Reading text, k3j4h5g6f7")
    ledger.refund(work, reason="No text was found")
    page = read(alice.browser.get("/credits/"))
    assert "Reading text, k3j4h5g6f7" in page.text
    assert f"/credits/?work={work}#history" in page.links

    answer = alice.browser.get("/credits/", {"work": str(work)})
    assert [entry.kind for entry in answer.context["page"].rows] == ["refund", "reserve"]
    assert "Of one piece of work" in read(answer).text
    lines = alice.browser.get(f"/credits/history.csv?{answer.context['query']}").getvalue().decode().splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["refund", "reserve"]
    [entry] = alice.browser.get("/credits/", {"work": str(work), "kind": "refund"}).context["page"].rows
    assert entry.reference == work


def test_work_of_another_account_is_not_shown(alice: Person, dave: Person, give: Give, take: Reserve) -> None:
    give(10)
    work = take(2)
    answer = dave.browser.get("/credits/", {"work": str(work)})
    assert not answer.context["page"].rows


@pytest.mark.parametrize("work", ["x", "../", "9" * 99, ""])
def test_what_is_no_id_of_work_does_not_narrow(alice: Person, give: Give, work: str) -> None:
    give(10)
    assert len(alice.browser.get("/credits/", {"work": work}).context["page"].rows) == 1


def test_the_log_names_the_work_and_leads_to_its_history(alice: Person, give: Give, take: Reserve) -> None:
    give(10)
    work, unnamed = uuid4(), take(1)
    ledger.reserve(alice.actor, amount=3, reference=work, label="Reading text, k3j4h5g6f7")
    ledger.charge(work)
    named = AuditEvent.objects.filter(target_id=str(work))
    assert {event.action: event.target_label for event in named} == {
        "credits.reserved": "Reading text, k3j4h5g6f7", "credits.charged": "Reading text, k3j4h5g6f7"
    }  # fmt: skip
    page = read(alice.browser.get("/log/"))
    assert f"/credits/?work={work}#history" in page.links
    assert f"Work {str(unnamed)[:8]}" in page.text
    assert str(unnamed) not in page.text


def test_the_log_says_what_work_was_where_its_event_has_only_an_id() -> None:
    bare = AuditEvent(target_kind="work", target_id="0f1e2d3c-aaaa", target_label="0f1e2d3c-aaaa")
    assert bare.target_title == "Work 0f1e2d3c"
    group = AuditEvent(target_kind="rule group", target_id="a long name of it", target_label="a long name of it")
    assert group.target_title == "a long name of it"


def test_an_auditor_reads_the_name_of_the_work_without_a_link(alice: Person, erin: Person, give: Give) -> None:
    give(10)
    work = uuid4()
    ledger.reserve(alice.actor, amount=3, reference=work, label="Reading text, k3j4h5g6f7")
    page = read(erin.browser.get("/log/"))
    assert "Reading text, k3j4h5g6f7" in page.text
    assert not [link for link in page.links if link.startswith("/credits/?work")]
