"""No false alarm: whatever people call their things, what comes back from the database has the hash it was given."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.chain import ChainReport, verify_chain
from apps.audit.models import AuditEvent, Outcome
from apps.audit.record import Source, Target
from apps.permissions.actor import Actor, ActorKind, system
from apps.sites.operations import create_site, update_site
from apps.sites.secrets import rotate_secret
from tests.audit.log import LOG_SOURCE, write
from tests.people import Person

pytestmark = pytest.mark.django_db

TEXTS = [
    "",
    " ",
    " both sides ",
    "\ttab\r\nlines\n",
    "Ünïcode ß ẞ İ ı",
    unicodedata.normalize("NFD", "Ångström"),
    "漢字 カナ 한글 عربى עברית",
    "👩‍👩‍👧‍👦 𝔘𝔫𝔦 🇳🇴",
    "\u2028\u2029\ufeff\u200b\u00ad",
    "\\u0000 \\ \" ' ` -- ; DROP TABLE",
    "{}[],:null true 1.0",
    "=1+1",
    "x" * 5000,
    "é" * 319 + "👍",
    "\U0010ffff\ud7ff\ue000",
]
CHANGES: list[dict[str, tuple[Any, Any]]] = [
    {},
    {"": (None, None)},
    {"name": ("", "")},
    {"z": (1, 2), "a": (True, False), "m": (None, "None")},
    {"list": ([], [[], [[]], {}])},
    {"nested": ({"b": {"d": [1, {"c": "ü"}]}, "a": []}, [{"y": 1, "x": 2}])},
    {"number": (0, -1), "large": (2**53 + 1, -(2**62)), "half": (0.5, -2.25)},
    {"tuple": (("a", "b"), ["a", "b"])},
    {text or "empty": (text, [text]) for text in TEXTS},
]


def read_back(account: Any) -> ChainReport:
    return verify_chain(account)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:20])
def test_odd_texts_in_every_field(text: str) -> None:
    account = uuid4()
    source = Source("dashboard", "2001:db8::1", text, "")
    actor = Actor(ActorKind.PERSON, "1", text, account, None, frozenset(), None, source)
    write(actor, Target("site", "sk", text), reason=text, outcome=Outcome.REFUSED)
    write(actor, Target("site", "sk", text), changes={"name": (text, text)})
    assert read_back(account) == ChainReport(2)


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: " ".join(changes)[:20])
def test_odd_changes(changes: dict[str, tuple[Any, Any]]) -> None:
    account = uuid4()
    write(system(LOG_SOURCE, account), Target("site", "sk", "Shop"), changes=changes)
    assert read_back(account) == ChainReport(1)


def test_long_labels_are_cut_before_they_are_hashed() -> None:
    account = uuid4()
    actor = Actor(ActorKind.KEY, "1", "a" * 500, account, None, frozenset(), None, Source("x", "", "u" * 900))
    event = write(actor, Target("site", "sk", "t" * 500))
    assert (len(event.actor_label), len(event.target_label), len(event.user_agent)) == (320, 320, 300)
    assert read_back(account).is_intact


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=45))),
        datetime(1999, 2, 28, tzinfo=timezone(timedelta(hours=-11))),
    ],
    ids=str,
)
def test_moments_of_every_precision_and_zone(moment: datetime) -> None:
    account = uuid4()
    with clock.at(moment):
        write(system(LOG_SOURCE, account), Target("site", "sk", "Shop"))
    assert AuditEvent.objects.get(account_id=account).at == moment
    assert read_back(account).is_intact


@pytest.mark.parametrize("action", Action)
def test_every_action_can_be_written(action: Action) -> None:
    account = uuid4()
    event = write(system(LOG_SOURCE, account), Target("site", "sk", "Shop"), action)
    event.refresh_from_db()
    assert (event.get_action_display(), str(event)) == (action.label, f"1 {action.value}")
    assert read_back(account).is_intact


def test_an_account_without_events_is_intact() -> None:
    assert read_back(uuid4()) == ChainReport(0)


def test_what_people_do_with_names_is_intact(alice: Person) -> None:
    for name in ("Müller & Söhne", "店", "<script>alert(1)</script>", "=cmd|' /C calc'!A0"):
        site = create_site(alice.actor, name=name, allowed_origins=["https://bücher.example"]).site
        update_site(alice.actor, site_key=site.site_key, name=f"{name} 2")
        rotate_secret(alice.actor, site_key=site.site_key)
    report = read_back(alice.account.pk)
    assert report.is_intact
    assert report.events == AuditEvent.objects.filter(account_id=alice.account.pk).count() > 12
