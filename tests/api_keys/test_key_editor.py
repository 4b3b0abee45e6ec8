"""The editor: what can be given, how it is filled in by a link, and how it says what is wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.permissions import catalogue
from apps.permissions.roles import PERMISSIONS, Role
from tests.api_keys.conftest import NEW, WHOAMI, tokens_in
from tests.dashboard.reading import read
from tests.people import Api

SPANS = {"7": 7, "30": 30, "90": 90, "365": 365}


def test_every_permission_of_the_catalogue_is_offered_with_its_description(alice):
    page = read(alice.browser.get(NEW))

    assert set(page.fields["permissions"]) == catalogue.ALL
    for permission in catalogue.CATALOGUE.values():
        assert permission.description in page.text
    for group in catalogue.GROUPS:
        assert group.label in page.text


def test_nothing_is_chosen_before_the_reader_chooses(alice):
    assert "permissions" not in read(alice.browser.get(NEW)).checked


def test_what_the_reader_does_not_hold_cannot_be_chosen(bob):
    page = read(bob.browser.get(NEW))

    assert set(page.disabled["permissions"]) == catalogue.ALL - PERMISSIONS[Role.MEMBER]


def test_presets_offer_what_the_reader_holds_of_them(alice, bob):
    everything = " ".join(catalogue.CATALOGUE)
    members = " ".join(name for name in catalogue.CATALOGUE if name in PERMISSIONS[Role.MEMBER])

    assert everything in alice.browser.get(NEW).content.decode()
    assert everything not in bob.browser.get(NEW).content.decode()
    assert members in bob.browser.get(NEW).content.decode()


@pytest.mark.parametrize("person", ["victor", "erin"])
def test_who_may_not_create_keys_has_no_editor(request, person, filled):
    browser = request.getfixturevalue(person).browser

    assert browser.get(NEW).status_code == 403
    assert browser.post(NEW, filled).status_code == 403
    assert not ApiKey.objects.exists()


def test_a_member_cannot_give_a_key_what_they_do_not_hold(bob, filled):
    answer = bob.browser.post(NEW, filled | {"permissions": ["getSites", "getAuditEvents"]})

    assert answer.status_code == 403
    assert "getAuditEvents" in read(answer).text
    assert not ApiKey.objects.exists()
    event = AuditEvent.objects.get(action="key.created")
    assert (event.outcome, event.actor_label) == ("refused", "bob@people.example")


@pytest.mark.parametrize(("chosen", "days"), SPANS.items())
def test_a_span_ends_that_many_days_from_now(alice, filled, chosen, days):
    alice.browser.post(NEW, filled | {"expires": chosen})

    expires_at = ApiKey.objects.get().expires_at
    assert expires_at is not None
    assert abs(expires_at - clock.now() - timedelta(days=days)) < timedelta(minutes=1)


def test_a_chosen_day_is_the_last_on_which_the_key_works(alice, filled):
    day = (clock.now() + timedelta(days=3)).date()

    (token,) = tokens_in(alice.browser.post(NEW, filled | {"expires": "custom", "expires_on": day.isoformat()}))

    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    with clock.at(end - timedelta(seconds=1)):
        assert Api(token).get(WHOAMI).status_code == 200
    with clock.at(end):
        assert Api(token).get(WHOAMI).status_code == 401


def test_today_may_be_the_last_day(alice, filled):
    with clock.at(datetime(2026, 5, 5, 12, tzinfo=UTC)):
        answer = alice.browser.post(NEW, filled | {"expires": "custom", "expires_on": "2026-05-05"})

    assert tokens_in(answer)


def test_never_is_for_ever(alice, filled):
    alice.browser.post(NEW, filled | {"expires": "never"})

    assert ApiKey.objects.get().expires_at is None


WRONG = [
    ({"name": ""}, "name", "Name the key"),
    ({"name": "  "}, "name", "Name the key"),
    ({"name": "x" * 121}, "name", "121 characters"),
    ({"name": "a\u202eb"}, "name", "cannot be shown"),
    ({"permissions": []}, "permissions", "at least one permission"),
    ({"permissions": ["getSites", "becomeRoot"]}, "permissions", "becomeRoot"),
    ({"expires": ""}, "expires", "required"),
    ({"expires": "400000"}, "expires", "400000"),
    ({"expires": "custom"}, "expires_on", "Choose the last day"),
    ({"expires": "custom", "expires_on": "tomorrow"}, "expires_on", "valid date"),
    ({"expires": "custom", "expires_on": "2026-02-30"}, "expires_on", "valid date"),
    ({"expires": "custom", "expires_on": "2020-01-01"}, "expires_on", "past"),
    ({"expires": "custom", "expires_on": "0001-01-01"}, "expires_on", "past"),
    ({"expires": "custom", "expires_on": "9999-12-31"}, "expires_on", "ten years"),
]


@pytest.mark.parametrize(("typed", "field", "says"), WRONG, ids=lambda value: str(value)[:50])
def test_a_wrong_form_says_what_is_wrong_and_keeps_what_was_chosen(alice, filled, typed, field, says):
    sent = filled | typed

    answer = alice.browser.post(NEW, sent)

    page = read(answer)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert says in page.text
    assert page.value("name").strip() == sent["name"].strip()
    assert set(page.checked.get("permissions", [])) == set(sent["permissions"]) & catalogue.ALL
    assert not ApiKey.objects.exists()


def test_a_link_fills_in_the_editor_and_creates_nothing(alice):
    page = read(alice.browser.get(NEW, {"name": "From a link", "permissions": "getSites,createSite", "expires": "7"}))

    assert page.value("name") == "From a link"
    assert set(page.checked["permissions"]) == {"getSites", "createSite"}
    assert page.checked["expires"] == ["7"]
    assert "A link filled in this form" in page.text
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        "permissions=getSites&permissions=createSite",
        "permissions=getSites+createSite",
        "permissions=,getSites,,createSite",
    ],
)
def test_a_link_may_list_permissions_in_several_ways(alice, query):
    assert set(read(alice.browser.get(f"{NEW}?{query}")).checked["permissions"]) == {"getSites", "createSite"}


def test_a_link_that_asks_for_more_than_the_reader_holds_gets_less_and_says_so(bob):
    page = read(bob.browser.get(NEW, {"permissions": "getSites,getAuditEvents,becomeRoot"}))

    assert page.checked["permissions"] == ["getSites"]
    assert "your role does not include" in page.text
    assert "becomeRoot" in page.text


@pytest.mark.parametrize(
    "query",
    [
        "name=" + "x" * 5000,
        "expires=soon",
        "expires_on=%3Cscript%3E",
        "permissions=" + "a," * 3000,
        "name=%22%3E%3Cscript%3E",
    ],
)
def test_no_link_breaks_the_editor_or_puts_markup_into_it(alice, query):
    answer = alice.browser.get(f"{NEW}?{query}")

    assert answer.status_code == 200
    assert b"<script>" not in answer.content.replace(b"<script src", b"")
    assert len(read(answer).value("name")) <= 120
