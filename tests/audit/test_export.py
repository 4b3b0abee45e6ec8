"""The export: what is filtered, newest first, as CSV or JSON Lines, streamed, and itself in the log."""

import csv
import io
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client

from apps.audit.chain import link_hash
from apps.audit.export import COLUMNS, csv_lines, json_lines
from apps.audit.models import AuditEvent
from apps.audit.record import Target
from apps.permissions.actor import Actor, ActorKind, system
from apps.sites.models import Site
from apps.sites.operations import create_site, update_site
from apps.sites.secrets import rotate_secret
from tests.audit.log import LOG_SOURCE, write, write_log
from tests.people import Person

HEADING = [
    "sequence",
    "at",
    "action",
    "outcome",
    "reason",
    "actor_kind",
    "actor_id",
    "actor_label",
    "target_kind",
    "target_id",
    "target_label",
    "surface",
    "ip",
    "user_agent",
    "request_id",
    "changes",
    "previous_hash",
    "hash",
]


def csv_rows(browser: Client, **query: str) -> list[dict[str, str]]:
    answer: Any = browser.get("/log/export.csv", query)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode(), newline="")))


def json_rows(browser: Client, **query: str) -> list[dict[str, Any]]:
    answer: Any = browser.get("/log/export.jsonl", query)
    assert answer["Content-Type"] == "application/jsonl"
    assert answer["Content-Disposition"] == 'attachment; filename="audit-log.jsonl"'
    text = answer.getvalue().decode()
    assert not text or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_both_forms_hold_every_column_of_every_event_newest_first(erin: Person, shop: Site) -> None:
    expected = list(AuditEvent.objects.of_account(erin.account.pk).newest_first().values_list("sequence", flat=True))
    browser = erin.browser
    rows, objects = csv_rows(browser), json_rows(browser)
    assert list(rows[0]) == list(objects[0]) == HEADING == list(COLUMNS)
    assert [int(row["sequence"]) for row in rows][-len(expected) :] == expected
    assert [row["sequence"] for row in objects] == sorted((row["sequence"] for row in objects), reverse=True)
    assert {key: str(value) for key, value in objects[-1].items() if key != "changes"} == {
        key: value for key, value in rows[-1].items() if key != "changes"
    }
    assert json.loads(rows[-1]["changes"]) == objects[-1]["changes"]


def test_an_exported_event_can_be_checked_without_the_database(erin: Person, shop: Site) -> None:
    exported = json_rows(erin.browser)
    for row, earlier in pairwise(exported):
        assert row["previous_hash"] == earlier["hash"]
    newest = AuditEvent.objects.get(account_id=erin.account.pk, sequence=exported[0]["sequence"])
    assert exported[0]["hash"] == link_hash(newest).hex()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"action": "secret.rotated"}, {("secret.rotated", "Shop")}),
        ({"actor": "alice"}, {("site.created", "Shop"), ("site.created", "Blog")}),
        ({"site": "Blog"}, {("site.created", "Blog"), ("site.updated", "Blog Renamed")}),
        ({"site": "Blog", "action": "site.updated"}, {("site.updated", "Blog Renamed")}),
        ({"outcome": "refused"}, set()),
        ({"to": "2001-01-01"}, set()),
    ],
)
def test_an_export_holds_what_is_filtered(
    query: dict[str, str], expected: set[tuple[str, str]], alice: Person, grace: Person, shop: Site, erin: Person
) -> None:
    blog = create_site(alice.actor, name="Blog", allowed_origins=["https://blog.example"]).site
    update_site(grace.actor, site_key=blog.site_key, name="Blog Renamed")
    rotate_secret(grace.actor, site_key=shop.site_key)
    browser = erin.browser
    rows = csv_rows(browser, **query)
    assert {(row["action"], row["target_label"]) for row in rows} == expected
    assert [int(row["sequence"]) for row in rows] == [row["sequence"] for row in json_rows(browser, **query)]


def test_an_export_is_itself_an_event_that_says_what_was_asked_for(erin: Person) -> None:
    rows = csv_rows(erin.browser, action="site.created", actor="alice", nonsense="x")
    event = AuditEvent.objects.of_account(erin.account.pk).newest_first()[0]
    assert (event.action, event.actor_label, event.outcome) == ("audit.exported", erin.user.email, "done")
    assert event.changes == {"format": [None, "csv"], "actor": [None, "alice"], "action": [None, "site.created"]}
    assert str(event.sequence) not in {row["sequence"] for row in rows}


def test_an_export_holds_no_other_accounts_events(erin: Person, dave: Person) -> None:
    create_site(dave.actor, name="Dave's", allowed_origins=["https://dave.example"])
    text = json.dumps(json_rows(erin.browser))
    assert "Dave" not in text
    assert "dave" not in text


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@pytest.mark.parametrize("who", ["bob", "victor"])
def test_who_may_not_export_gets_no_line(who: str, form: str, request: pytest.FixtureRequest, shop: Site) -> None:
    person: Person = request.getfixturevalue(who)
    answer = person.browser.get(f"/log/export.{form}")
    event = AuditEvent.objects.of_account(person.account.pk).newest_first()[0]
    assert answer.status_code == 403
    assert (event.action, event.outcome, event.actor_label) == ("audit.exported", "refused", person.user.email)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_compute_gets_an_apostrophe(start: str, db: None) -> None:
    account = write_log(0)
    text = f"{start}HYPERLINK(1)"
    actor = Actor(ActorKind.PERSON, text, text, account, None, frozenset(), None, LOG_SOURCE)
    write(actor, Target("site", text, text), reason=text)
    [row] = csv.DictReader(io.StringIO("".join(csv_lines(AuditEvent.objects.all())), newline=""))
    dangerous = {"reason", "actor_id", "actor_label", "target_id", "target_label"}
    assert {row[column] for column in dangerous} == {f"'{text}"}
    assert json.loads(next(json_lines(AuditEvent.objects.all())))["actor_label"] == text


def test_cells_with_commas_quotes_and_lines_come_back_whole(db: None) -> None:
    account = write_log(0)
    label = 'a,"b"\r\nc;d\n漢字'
    write(system(LOG_SOURCE, account), Target("site", "sk", label), changes={"name": (label, None)})
    [row] = csv.DictReader(io.StringIO("".join(csv_lines(AuditEvent.objects.all())), newline=""))
    assert row["target_label"] == label
    assert json.loads(row["changes"]) == {"name": [label, None]}


@pytest.mark.parametrize("lines", [csv_lines, json_lines])
def test_a_line_is_written_before_the_next_event_is_read(lines: Any, db: None) -> None:
    read: list[int] = []

    def events() -> Iterator[AuditEvent]:
        for event in AuditEvent.objects.filter(account_id=account).order_by("sequence"):
            read.append(event.sequence)
            yield event

    account = write_log(5)
    written = lines(events())
    for _ in range(3):
        next(written)
    assert len(read) == (2 if lines is csv_lines else 3)  # CSV begins with a heading


def test_an_export_of_many_events_is_streamed_in_a_fixed_number_of_queries(
    erin: Person, django_assert_num_queries: Any
) -> None:
    write_log(120, erin.account.pk)
    browser = erin.browser
    answer: Any = browser.get("/log/export.jsonl")
    assert answer.streaming
    assert not answer.has_header("Content-Length")
    with django_assert_num_queries(1):
        assert len(list(answer.streaming_content)) >= 120
