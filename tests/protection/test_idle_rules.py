"""A restriction that asks for no more than the site does is said to add nothing, wherever one looks at it."""

from typing import Any

import pytest

from apps.protection import issuing
from apps.protection.idle_rules import said_of
from apps.protection.rule_models import Rule
from apps.protection.visitors import Visitor
from apps.sites.difficulty import LEVELS, POW_DIFFICULTIES
from apps.sites.models import Site
from apps.sites.operations import create_site
from tests.dashboard.reading import read
from tests.people import Person
from tests.protection.test_rule_pages import make

pytestmark = pytest.mark.django_db


def another(alice: Person, name: str, level: int) -> Site:
    site = create_site(alice.actor, name=name, allowed_origins=["https://shop.example"]).site
    Site.objects.filter(pk=site.pk).update(level=level)
    return site


def text_of(person: Person, path: str, **query: str) -> str:
    answer = person.browser.get(path, query)
    assert answer.status_code == 200
    return read(answer).text


IDLE = (
    "This rule adds nothing now: “Shop” asks everybody for level 96 already, which is difficulty 4. Choose a higher "
    "one, or let it raise the level."
)


@pytest.mark.parametrize(("difficulty", "adds"), [(1, False), (3, False), (4, False), (5, True), (None, True)])
def test_a_rule_of_a_site_says_whether_it_adds_something(
    alice: Person, shop: Site, difficulty: int | None, adds: bool
) -> None:
    rule = make(alice, site=shop, type="restrict", pow_difficulty=difficulty)
    for path in (f"/rules/{rule.handle}/", f"/rules/{rule.handle}/edit"):
        assert (IDLE in text_of(alice, path)) is not adds


def test_what_is_said_is_what_visitors_get(alice: Person, shop: Site) -> None:
    """The words and the challenge agree at every level, for every difficulty and harshness."""
    for wanted in [{"pow_difficulty": number} for number in POW_DIFFICULTIES] + [{"captcha_type": "image"}]:
        rule = make(alice, site=shop, type="restrict", **wanted)
        for level in LEVELS[::5]:
            rule.site = shop
            shop.level = level
            assert bool(said_of(alice.actor, rule)) == (rule.level_at(level) == level), (wanted, level)


@pytest.mark.parametrize("wanted", [{"pow_difficulty": 2}, {"pow_difficulty": 6}, {"captcha_type": "puzzle"}, {}])
@pytest.mark.parametrize("level", [60, 96, 160, 250, 255])
def test_the_level_in_words_is_that_of_the_challenge(
    alice: Person, shop: Site, wanted: dict[str, Any], level: int
) -> None:
    Site.objects.filter(pk=shop.pk).update(level=level, growth="constant")
    rule = make(alice, site=shop, type="restrict", **wanted)
    visitor = Visitor(address="203.0.113.7", user_agent="x")
    issued = issuing.issue_challenge(Site.objects.get(pk=shop.pk), visitor, "https://shop.example")
    assert issued.level == rule.level_at(level)


def test_at_the_highest_level_nothing_raises(alice: Person, shop: Site) -> None:
    Site.objects.filter(pk=shop.pk).update(level=255)
    rule = make(alice, site=shop, type="restrict")
    assert "asks everybody for level 255 already, and there is none above it." in text_of(
        alice, f"/rules/{rule.handle}/"
    )


def test_a_block_and_an_expired_rule_say_nothing(alice: Person, shop: Site) -> None:
    blocking = make(alice, site=shop)
    assert "adds nothing" not in text_of(alice, f"/rules/{blocking.handle}/")
    past = make(alice, ("ip", "203.0.113.9"), site=shop, type="restrict", pow_difficulty=1)
    Rule.objects.filter(pk=past.pk).update(expires_at=past.created_at)
    assert "adds nothing" not in text_of(alice, f"/rules/{past.handle}/")


def test_a_rule_of_the_account_names_the_sites_at_which_it_adds_nothing(alice: Person, shop: Site) -> None:
    rule = make(alice, type="restrict", pow_difficulty=4)
    path = f"/rules/{rule.handle}/"
    assert "adds nothing now at the one site that you see: as much is asked" in text_of(alice, path)
    another(alice, "Easy", 40)
    said = text_of(alice, path)
    assert (
        "adds nothing now at 1 of the 2 sites that you see, where as much is asked of everybody already: “Shop”."
        in said
    )
    for name in ("A", "B", "C"):
        another(alice, name, 200)
    said = text_of(alice, f"{path}edit")
    assert "at 4 of the 5 sites that you see" in said
    assert "“A”, “B”, “C” and 1 more." in said
    Site.objects.update(level=200)
    assert "adds nothing now at any of the 5 sites that you see" in text_of(alice, path)
    Site.objects.update(level=40)
    assert "adds nothing" not in text_of(alice, path)


def test_a_member_is_told_of_the_sites_that_they_see_alone(alice: Person, carol: Person, shop: Site) -> None:
    another(alice, "Hidden from Carol", 200)
    rule = make(alice, type="restrict", pow_difficulty=2)
    assert "at any of the 2 sites" in text_of(alice, f"/rules/{rule.handle}/")
    said = text_of(carol, f"/rules/{rule.handle}/")
    assert "at the one site that you see" in said
    assert "Hidden" not in said


@pytest.mark.parametrize(
    ("wanted", "adds"), [({"pow_difficulty": 2}, False), ({"pow_difficulty": 6}, True), ({}, True)]
)
@pytest.mark.parametrize("is_for_site", [True, False])
def test_which_rule_acts_says_it_too(
    alice: Person, shop: Site, wanted: dict[str, Any], adds: bool, is_for_site: bool
) -> None:
    make(alice, site=shop if is_for_site else None, type="restrict", **wanted)
    query = {"site": shop.site_key, "address": "203.0.113.7"}
    said = text_of(alice, "/rules/check", **query, user_agent="", country="", asn="", user_id="", ja4="")
    assert "This rule acts" in said
    assert ("The site asks everybody for that already, so this rule adds nothing." in said) is not adds


def test_which_rule_acts_says_nothing_of_it_where_none_does(alice: Person, shop: Site) -> None:
    query = {"site": shop.site_key, "address": "203.0.113.7"}
    said = text_of(alice, "/rules/check", **query, user_agent="", country="", asn="", user_id="", ja4="")
    assert "No rule acts" in said
    assert "adds nothing" not in said


def test_the_editor_says_the_level_of_each_difficulty_and_that_it_only_raises(alice: Person, shop: Site) -> None:
    page = alice.browser.get("/rules/new").content.decode()
    assert '<option value="4">4: level 96</option>' in page
    assert "the rule adds nothing there" in page
