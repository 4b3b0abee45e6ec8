"""The settings page: every setting in its unit and with what follows, saved all or none, read-only for readers."""

from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.sites.difficulty import LEVELS, difficulty_of, pow_difficulty_of, relative_work, work_in_words
from apps.sites.models import VALIDITIES, Growth, Site
from apps.sites.settings import STORED
from apps.sites.settings_form import GROWTHS, SPANS
from tests.dashboard.reading import read
from tests.people import Person, settings_form
from tests.sites.conftest import path

pytestmark = pytest.mark.django_db

ALL_CHANGED = {
    "name": "Changed",
    "allowed_origins": "https://changed.example",
    "allow_localhost": True,
    "allow_subdomains": True,
    "protection_enabled": False,
    "level": 200,
    "growth": "fast",
    "initial_delay": 12,
    "max_parallel": 4,
    "validity_seconds": 1_800,
    "max_replay_count": 3,
    "fail_open": True,
}
WRONG = [
    ("level", "0", "from 1 to 255"),
    ("level", "256", "from 1 to 255"),
    ("level", "9.5", "from 1 to 255"),
    ("level", "", "from 1 to 255"),
    ("level", "9" * 5_000, "from 1 to 255"),
    ("growth", "wild", "Choose one of these"),
    ("growth", "", "Choose one"),
    ("initial_delay", "2", "from 3 to 30"),
    ("initial_delay", "31", "from 3 to 30"),
    ("max_parallel", "0", "from 1 to 10"),
    ("max_parallel", "11", "from 1 to 10"),
    ("validity_seconds", "301", "Choose one of these"),
    ("validity_seconds", "", "Choose one"),
    ("max_replay_count", "0", "from 1 to 1,000,000"),
    ("max_replay_count", "1000001", "from 1 to 1,000,000"),
]


def stored(site: Site) -> dict[str, object]:
    site.refresh_from_db()
    return {field: getattr(site, field) for field in STORED}


def save(person: Person, site: Site, **changed: Any) -> Any:
    return person.browser.post(path(site, "settings"), settings_form(site, **changed))


def test_every_setting_is_saved_in_one_event_that_says_what_changed(alice, shop):
    assert save(alice, shop, **ALL_CHANGED).status_code == 302

    assert stored(shop) == ALL_CHANGED | {"allowed_origins": ["https://changed.example"]}
    event = AuditEvent.objects.get(action="site.updated")
    assert set(event.changes) == set(STORED)


def test_a_long_name_that_a_contract_gave_stays_when_another_setting_is_changed(alice, shop):
    shop.name = "A property with a long name. " * 7 + "x" * 52
    shop.save()

    assert save(alice, shop, level=200).status_code == 302
    assert (stored(shop)["level"], len(shop.name)) == (200, 255)
    assert save(alice, shop, name="y" * 255).status_code == 302
    assert stored(shop)["name"] == "y" * 255
    assert "at most 255" in read(save(alice, shop, name="y" * 256)).errors["name"]


def test_the_page_explains_each_field(alice, shop):
    page = read(alice.browser.get(path(shop, "settings")))

    for group in ("Where it works", "How hard it is", "How long a solution lives"):
        assert group in page.text
    for words in (
        "Every 8 levels double it",
        "3 to 30",
        "1 to 10 at a time",
        "Counted from its challenge",
        "1,000,000",
    ):
        assert words in page.text


@pytest.mark.parametrize(("field", "typed", "says"), WRONG, ids=lambda value: str(value)[:20])
def test_a_wrong_value_is_said_at_its_field_and_in_the_summary_and_nothing_is_saved(alice, shop, field, typed, says):
    before = stored(shop)
    answer = save(alice, shop, **ALL_CHANGED | {field: typed})

    page = read(answer)
    assert answer.status_code == 422
    assert set(page.errors) == {field}
    assert says in page.errors[field]
    assert page.text.count(page.errors[field]) >= 2
    assert page.value("name") == "Changed", "What was typed is still there."
    assert "protection_enabled" not in page.checked
    assert stored(shop) == before
    assert not AuditEvent.objects.filter(action="site.updated").exists()


def test_all_that_is_wrong_is_said_at_once(alice, shop):
    wrong = {"name": " ", "allowed_origins": "shop.example", "level": 0, "max_parallel": 99, "growth": "x"}

    assert set(read(save(alice, shop, **wrong)).errors) == set(wrong)


def test_a_form_that_lacks_fields_changes_nothing(alice, shop):
    before = stored(shop)
    form = {"name": "Changed", "allowed_origins": "https://changed.example"}

    assert alice.browser.post(path(shop, "settings"), form).status_code == 422
    assert stored(shop) == before


@pytest.mark.parametrize("was", [True, False])
def test_a_local_origin_switches_the_developers_machine_on_and_its_removal_off(alice, shop, was):
    origins = ["https://shop.example", "http://localhost:3000"]
    Site.objects.filter(pk=shop.pk).update(allow_localhost=was, allowed_origins=origins if was else origins[:1])
    shop.refresh_from_db()
    save(alice, shop, allowed_origins="\n".join(origins[:1] if was else origins))

    assert stored(shop)["allow_localhost"] is not was


def test_the_developers_machine_is_not_switched_off_while_an_origin_is_one(alice, shop):
    Site.objects.filter(pk=shop.pk).update(allow_localhost=True, allowed_origins=["http://localhost:3000"])
    shop.refresh_from_db()
    page = read(save(alice, shop, allow_localhost=False))

    assert "http://localhost:3000 is among the allowed origins" in page.errors["allow_localhost"]
    assert stored(shop)["allow_localhost"] is True


def test_it_can_be_allowed_without_a_local_origin(alice, shop):
    save(alice, shop, allow_localhost=True)

    assert stored(shop)["allow_localhost"] is True
    assert stored(shop)["allowed_origins"] == ["https://shop.example"]


@pytest.mark.parametrize("level", [1, 63, 64, 96, 112, 255])
def test_the_level_is_said_in_the_words_of_other_contracts(alice, bob, shop, level):
    Site.objects.filter(pk=shop.pk).update(level=level)
    says = f"Level {level} is {work_in_words(level)} . EU Captcha calls it difficulty {difficulty_of(level)} , "
    says += f"Prosopo powDifficulty {pow_difficulty_of(level)} ."

    for person in (alice, bob):
        text = read(person.browser.get(path(shop, "settings"))).text
        assert says.replace(" .", ".").replace(" ,", ",") in text.replace(" .", ".").replace(" ,", ",")


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (96, "the usual level"),
        (104, "about 2 times the work of the usual level 96"),
        (88, "about 1/2 the work of the usual level 96"),
        (97, "about 1.1 times the work of the usual level 96"),
        (255, "about 960,000 times the work of the usual level 96"),
    ],
)
def test_work_in_words(level, words):
    assert work_in_words(level) == words


def test_the_work_doubles_every_eight_levels():
    for level in LEVELS[:-8]:
        assert relative_work(level + 8) == pytest.approx(2 * relative_work(level))


def test_a_reader_sees_every_setting_and_no_form(alice, bob, shop):
    save(alice, shop, **ALL_CHANGED)
    page = read(bob.browser.get(path(shop, "settings")))

    for value in ("Changed", "https://changed.example", "200", GROWTHS[Growth.FAST], "12", "4", "30 minutes", "3"):
        assert value in page.text
    assert "No: everybody passes unchecked" in page.text
    assert "Read only" in page.text
    assert not {*STORED} & set(page.fields)


@pytest.mark.parametrize("changed", [{"level": 97}, {"level": "x"}])
def test_a_reader_who_sends_the_form_is_refused_and_recorded(bob, shop, changed):
    before = stored(shop)

    assert save(bob, shop, **changed).status_code == 403
    assert stored(shop) == before
    assert AuditEvent.objects.filter(outcome="refused", actor_label=bob.user.email).count() == 1


def test_every_life_of_a_solution_has_its_words():
    hour = 3_600
    assert [SPANS[seconds] for seconds in VALIDITIES] == list(SPANS.values())
    assert SPANS[6 * hour] == "6 hours"
    assert SPANS[7 * 24 * hour] == "7 days"
    assert SPANS[300] == "5 minutes"
