"""The pages about access rules: what they show, what their forms do, and what they keep when something is wrong."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.audit import clock
from apps.protection.rule_drafts import Wanted
from apps.protection.rule_models import Rule
from apps.protection.rules import create_rule
from apps.protection.suggestion_models import Suggestion
from apps.protection.visitors import Visitor
from apps.sites.models import Site
from apps.tasks.running import run_task
from tests.authorization.rule_things import rule_things
from tests.dashboard.reading import read
from tests.people import Person
from tests.protection.solving import issue, set_site

FORM = {"type": "block", "site": "", "expires": "24h"}


def make(person: Person, *conditions: tuple[str, str], site: Site | None = None, **more: Any) -> Rule:
    wanted = Wanted(more.pop("type", "block"), conditions or [("ip", "203.0.113.7")], **more)
    return create_rule(person.actor, wanted=wanted, site_key=site.site_key if site else "").rule


def text_of(person: Person, path: str, **query: str) -> str:
    answer = person.browser.get(path, query)
    assert answer.status_code == 200
    return read(answer).text


def test_a_rule_is_made_by_the_form_and_shown(alice: Person, shop: Site) -> None:
    form = FORM | {"ip_mask": "203.0.113.9/24", "country_code": "de", "site": shop.site_key, "description": "Why"}
    answer = alice.browser.post("/rules/new", form)
    rule = Rule.objects.get()
    assert answer["Location"] == f"/rules/{rule.handle}/"
    assert rule.expires_at is not None
    assert abs(rule.expires_at - clock.now() - timedelta(hours=24)) < timedelta(minutes=1)
    said = text_of(alice, answer["Location"])
    for word in ("203.0.113.0/24", "DE · Germany", "Shop", "Gives no challenge", "Why", "alice@people.example"):
        assert word in said
    assert f"/records/?rule={rule.handle}" in read(alice.browser.get(answer["Location"])).links


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "at least one condition"),
        ({"ip": "nonsense"}, "“nonsense” is no IP address"),
        ({"ip": "203.0.113.7", "expires": "custom"}, "Say when the rule shall end"),
        ({"ip": "203.0.113.7", "expires": "custom", "expires_on": "2020-01-01T00:00"}, "end in the past"),
    ],
)
def test_a_refused_form_says_why_and_keeps_what_was_typed(alice: Person, form: dict[str, str], says: str) -> None:
    answer = alice.browser.post("/rules/new", FORM | {"description": "Typed before"} | form)
    assert answer.status_code == 422
    assert says in read(answer).text
    assert "Typed before" in answer.content.decode()
    assert not Rule.objects.exists()


def test_what_belongs_to_the_other_type_is_left_out(alice: Person) -> None:
    """The form hides it, and sends it all the same."""
    alice.browser.post("/rules/new", FORM | {"ip": "203.0.113.7", "pow_difficulty": "6", "captcha_type": "image"})
    both = FORM | {"type": "restrict", "ip": "203.0.113.8", "pow_difficulty": "6", "defers_to_verify": "on"}
    alice.browser.post("/rules/new", both)
    assert set(Rule.objects.values_list("type", "pow_difficulty", "captcha_type", "defers_to_verify")) == {
        ("block", None, "", False),
        ("restrict", 6, "", False),
    }


def test_a_member_is_offered_the_sites_that_they_may_write(bob: Person, carol: Person, shop: Site) -> None:
    assert shop.site_key in carol.browser.get("/rules/new").content.decode()
    assert shop.site_key not in bob.browser.get("/rules/new").content.decode()
    assert "All sites of the account" not in carol.browser.get("/rules/new").content.decode()


def test_editing_a_rule_puts_another_in_its_place(alice: Person, shop: Site) -> None:
    old = make(alice, site=shop, description="Old", group="G")
    page = alice.browser.get(f"/rules/{old.handle}/edit").content.decode()
    assert 'value="203.0.113.7"' in page
    assert 'value="Old"' in page
    form = FORM | {"ip": "203.0.113.8", "site": shop.site_key, "expires": "never"}
    answer = alice.browser.post(f"/rules/{old.handle}/edit", form)
    [kept] = Rule.objects.kept()
    assert answer["Location"] == f"/rules/{kept.handle}/"
    assert (kept.ip, kept.expires_at) == ("203.0.113.8", None)
    assert alice.browser.get(f"/rules/{old.handle}/edit").status_code == 404


def test_a_deleted_rule_is_brought_back_by_the_page_that_follows(alice: Person) -> None:
    rule = make(alice)
    answer = alice.browser.post(f"/rules/{rule.handle}/delete")
    assert answer["Location"] == f"/rules/?deleted={rule.handle}"
    page = alice.browser.get(answer["Location"])
    assert "Address 203.0.113.7 is deleted" in read(page).text
    assert f"/rules/{rule.handle}/restore" in page.content.decode()
    alice.browser.post(f"/rules/{rule.handle}/restore")
    assert list(Rule.objects.kept()) == [rule]
    assert "is deleted" not in text_of(alice, "/rules/", deleted=rule.handle)


def test_the_list_is_narrowed_by_what_is_asked(alice: Person, shop: Site) -> None:
    with clock.at(clock.now() - timedelta(days=1)):
        make(alice, ("ip", "203.0.113.1"), expires_at=clock.now() + timedelta(hours=1))
    make(alice, ("ip", "203.0.113.2"), site=shop)
    make(alice, ("asn", "64496"), type="restrict", group="hosting", description="Many bots")
    shown = {
        "": {"203.0.113.1", "203.0.113.2", "AS64496"},
        "q=bots": {"AS64496"},
        "q=203.0.113": {"203.0.113.1", "203.0.113.2"},
        "type=restrict": {"AS64496"},
        "state=expired": {"203.0.113.1"},
        "state=acting&type=block": {"203.0.113.2"},
        f"site={shop.site_key}": {"203.0.113.2"},
        "site=account&state=acting": {"AS64496"},
        "group=hosting": {"AS64496"},
        "q=%00nothing": set(),
        "site=nonsense&type=nonsense&state=nonsense": {"203.0.113.1", "203.0.113.2", "AS64496"},
    }
    for query, wanted in shown.items():
        text = read(alice.browser.get(f"/rules/?{query}")).text
        assert {word for word in shown[""] if word in text} == wanted, query
    assert "Expired" in text_of(alice, "/rules/", state="expired")


def test_the_list_goes_on_where_a_page_ends(alice: Person) -> None:
    for number in range(51):
        make(alice, ("asn", str(1000 + number)))
    first = alice.browser.get("/rules/")
    older = next(link for link in read(first).links if "cursor=" in link)
    assert "AS1000" not in read(first).text
    assert "AS1000" in text_of(alice, older)


def test_a_list_is_tried_out_before_its_rules_are_made(alice: Person) -> None:
    lines = "203.0.113.9/24\nnonsense\n198.51.100.7"
    tried = alice.browser.post("/rules/import", FORM | {"text": lines, "do": "try"})
    said = read(tried).text
    assert tried.status_code == 200
    assert "2 of 3 lines would make a rule" in said
    assert "“nonsense” is no IP address" in said
    assert not Rule.objects.exists()
    stale = alice.browser.post("/rules/import", FORM | {"text": lines, "do": "import", "count": "3"})
    assert "2 of 3 lines" in read(stale).text
    assert not Rule.objects.exists()
    made = alice.browser.post("/rules/import", FORM | {"text": lines, "do": "import", "count": "2"})
    [group] = Rule.objects.values_list("group", flat=True).distinct()
    assert made["Location"] == f"/rules/?group={group}"
    assert Rule.objects.count() == 2


def test_a_file_is_tried_out_and_its_lines_are_in_the_form_then(alice: Person) -> None:
    file = SimpleUploadedFile("drop.txt", b"203.0.113.0/24 ; SBL1\n")
    tried = alice.browser.post("/rules/import", FORM | {"file": file, "do": "try"})
    assert "203.0.113.0/24 ; SBL1\n</textarea>" in tried.content.decode()
    for content, says in ((b"\xff\xfe1", "UTF-16"), (b"", "There is nothing yet")):
        refused = alice.browser.post("/rules/import", FORM | {"file": SimpleUploadedFile("x.txt", content)})
        assert refused.status_code == 422
        assert says in read(refused).text


def test_the_rules_of_a_group_are_deleted_by_a_task(alice: Person) -> None:
    make(alice, group="From A/B")
    page = read(alice.browser.get("/rules/groups"))
    assert "From A/B" in page.text
    [link] = [link for link in page.links if link.endswith("/delete")]
    assert "1 rule of this group will be deleted" in text_of(alice, link)
    answer = alice.browser.post(link)
    run_task.call(answer["Location"].split("/")[2])
    assert not Rule.objects.kept().exists()


CHECK = "/rules/check?user_agent=&user_id=&ja4="


def test_the_check_names_the_winner_and_the_losers_with_reasons(alice: Person, shop: Site) -> None:
    make(alice, ("ipMask", "203.0.113.0/24"), site=shop, description="Specific", type="restrict", pow_difficulty=6)
    make(alice, ("ip", "203.0.113.7"), description="Vague")
    said = text_of(alice, f"{CHECK}&site={shop.site_key}&address=203.0.113.7&country=&asn=")
    assert "This rule acts" in said
    assert "It is the most specific: 2 points against 1 point of the next." in said
    assert "A challenge of level 160 at least, instead of 96" in said
    assert "It is less specific: 1 point against 2 points." in said
    elsewhere = text_of(alice, f"{CHECK}&site={shop.site_key}&address=192.0.2.1&country=DE&asn=AS64496")
    assert "No rule acts" in elsewhere
    assert "AS64496" in elsewhere


def test_the_check_says_that_no_rule_acts_where_none_is_asked(alice: Person, shop: Site) -> None:
    make(alice, ("ip", "203.0.113.7"), description="Scraper")
    path = f"{CHECK}&site={shop.site_key}&address=203.0.113.7&country=&asn="
    assert "This rule acts" in text_of(alice, path)
    set_site(shop, protection_enabled=False)
    said = text_of(alice, path)
    assert "No rule acts" in said
    assert "is off. While it is, everybody passes unchecked" in said
    assert "A challenge without work" in said
    assert "Scraper" not in said
    assert issue(shop, Visitor("203.0.113.7")).level == 0, "The page tells what becomes of a visitor."
    set_site(shop, is_active=False)
    said = text_of(alice, path)
    assert "is deactivated. While it is, nobody gets a challenge" in said
    assert "Scraper" not in said


def test_the_check_refuses_what_cannot_be_a_request(alice: Person, dave: Person, shop: Site) -> None:
    odd = alice.browser.get(f"{CHECK}&site={shop.site_key}&address=nonsense&country=D1&asn=x")
    assert odd.status_code == 422
    assert "“nonsense” is no IP address" in read(odd).text
    path = f"{CHECK}&site={shop.site_key}&address=203.0.113.7&country=&asn="
    assert dave.browser.get(path).status_code == 404


def test_suggestions_are_applied_for_the_chosen_time_or_dismissed(alice: Person, shop: Site) -> None:
    rule_things(alice, shop)
    one = Suggestion.objects.get()
    said = text_of(alice, "/rules/suggestions")
    assert "97 % of 100 failed" in said
    assert "others: 4 % of 100" in said
    alice.browser.post(f"/rules/suggestions/{one.pk}/dismiss")
    assert "Nothing to suggest" in text_of(alice, "/rules/suggestions")
    assert "203.0.113.9" in text_of(alice, "/rules/suggestions", status="dismissed")
    answer = alice.browser.post("/rules/suggestions/apply", {"suggestions": [str(one.pk)], "expires": "7d"})
    made = Rule.objects.get(ip="203.0.113.9")
    assert answer["Location"] == f"/rules/?group={made.group}"
    assert made.expires_at is not None
    assert made.expires_at > clock.now() + timedelta(days=6)
    nothing = alice.browser.post("/rules/suggestions/apply", {"expires": "7d"}, follow=True)
    assert "Choose the suggestions first." in read(nothing).text
    assert alice.browser.post("/rules/suggestions/apply", {"suggestions": ["x"]}).status_code == 404


def test_a_sites_page_leads_to_its_rules(alice: Person, erin: Person, shop: Site) -> None:
    link = f"/rules/?site={shop.site_key}"
    assert link in read(alice.browser.get(f"/sitekeys/{shop.site_key}/")).links
    assert link not in read(erin.browser.get(f"/sitekeys/{shop.site_key}/")).links


def test_htmx_gets_the_list_alone_with_its_address(alice: Person) -> None:
    make(alice, ("asn", "64496"))
    make(alice, ("ip", "203.0.113.7"))
    answer = alice.browser.get("/rules/?q=64496", headers={"HX-Request": "true", "HX-Target": "rules"})
    assert answer["HX-Push-Url"] == "/rules/?q=64496"
    assert "AS64496" in answer.content.decode()
    assert "203.0.113.7" not in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert "1 rule shown" in " ".join(answer.content.decode().split())
