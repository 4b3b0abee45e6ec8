"""The editor: reach, networks and expiry of a new key, and what the account has set or switched off."""

from datetime import timedelta
from typing import Any

import pytest

from apps.accounts.models import Account
from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.permissions.catalogue import ACCOUNT_WIDE
from apps.permissions.models import ReachedSite
from apps.sites.models import Site
from tests.api_keys.conftest import NEW, WHOAMI, tokens_in
from tests.dashboard.reading import Page, read
from tests.people import Api

CHECK = "/keys/networks"


def reached() -> set[str]:
    return set(ReachedSite.objects.values_list("site__name", flat=True))


def change(account: Account, **fields: Any) -> None:
    for field, value in fields.items():
        setattr(account, field, value)
    account.save()


def test_a_key_reaches_all_sites_unless_some_are_selected(alice, shop, filled):
    answer = alice.browser.post(NEW, filled | {"reach": "all", "sites": [shop.site_key]})

    assert ApiKey.objects.get().reaches_all_sites
    assert reached() == set()
    assert "All sites, future ones too" in read(answer).text


def test_a_key_for_selected_sites_reaches_just_these(alice, shop, filled):
    sent = filled | {"reach": "sites", "sites": [shop.site_key], "permissions": ["getSites", "createSite"]}

    answer = alice.browser.post(NEW, sent)

    assert not ApiKey.objects.get().reaches_all_sites
    assert reached() == {"Shop"}
    page = read(answer)
    assert f"/sitekeys/{shop.site_key}/" in page.links
    assert "createSite cannot be used now. This API key reaches selected sites only" in page.text


@pytest.mark.parametrize("sites", [[], ["sk_live_0000000000000000000001"], ["nonsense"], ["a" * 5000]])
def test_selected_sites_have_to_be_ones_that_the_reader_has(alice, shop, filled, sites):
    answer = alice.browser.post(NEW, filled | {"reach": "sites", "sites": [shop.site_key, *sites] if sites else []})

    assert answer.status_code == 422
    assert "sites" in answer.context["form"].errors
    assert not ApiKey.objects.exists()


def test_a_member_can_choose_their_own_and_shared_sites_alone(alice, bob, shop, filled):
    foreign = Site.objects.create(account=alice.account, name="Hidden away", allowed_origins=["https://x.example"])
    browser = bob.browser

    page = read(browser.get(NEW))
    answer = browser.post(NEW, filled | {"reach": "sites", "sites": [foreign.site_key]})

    assert page.fields["sites"] == [shop.site_key]
    assert answer.status_code == 422
    assert "Hidden away" not in read(answer).text


def test_a_wrong_form_keeps_the_chosen_sites_and_lists_them_first(alice, shop, filled):
    Site.objects.create(account=alice.account, name="Aardvark", allowed_origins=["https://a.example"])

    answer = alice.browser.post(NEW, filled | {"name": "", "reach": "sites", "sites": [shop.site_key]})

    page = read(answer)
    assert page.checked["sites"] == [shop.site_key] == page.fields["sites"][:1]
    assert page.checked["reach"] == ["sites"]


def test_five_hundred_sites_are_listed_and_more_are_named_by_key(alice, filled, django_assert_max_num_queries):
    Site.objects.bulk_create(
        Site(account=alice.account, name=f"Site {number:03}", allowed_origins=["https://x.example"])
        for number in range(501)
    )
    browser, last = alice.browser, Site.objects.get(name="Site 500")
    browser.get(NEW)
    with django_assert_max_num_queries(10):
        page = read(browser.get(NEW))
    assert len(page.fields["sites"]) == 500
    assert last.site_key not in page.fields["sites"]

    listed = [site.site_key for site in Site.objects.all()[:300]]
    with django_assert_max_num_queries(40):
        browser.post(NEW, filled | {"reach": "sites", "sites": listed, "further_sites": f" {last.site_key}\n"})

    assert len(reached()) == 301
    assert "Site 500" in reached()


def test_what_goes_beyond_single_sites_is_marked_at_each_permission(alice):
    answer = alice.browser.get(NEW)

    assert answer.content.decode().count("data-account-wide") == len(ACCOUNT_WIDE)
    assert read(answer).text.count("Cannot be used with selected sites") == len(ACCOUNT_WIDE)


def test_a_key_works_from_its_networks_alone_and_says_when_that_is_not_here(alice, filled):
    answer = alice.browser.post(NEW, filled | {"networks": "198.51.100.7, 2001:db8::/32\n"})

    (token,) = tokens_in(answer)
    assert ApiKey.objects.get().networks == ["198.51.100.7/32", "2001:db8::/32"]
    assert "Not usable from here: you are at 127.0.0.1, which is refused" in read(answer).text
    assert Api(token).get(WHOAMI).status_code == 401


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("203.0.113.9/24", "Did you mean 203.0.113.0/24"),
        ("10.0.0.0/8\nnonsense", "“nonsense” is no network"),
        ("::ffff:10.0.0.0/104", "Write 10.0.0.0/8"),
        ("10.0.0.300", "is no network"),
        ("\n".join(f"10.0.{number}.0/24" for number in range(51)), "at most 50"),
    ],
)
def test_a_wrong_network_is_named_at_its_field_and_while_typing(alice, filled, typed, says):
    browser = alice.browser

    answer, part = browser.post(NEW, filled | {"networks": typed}), browser.get(CHECK, {"networks": typed})

    assert answer.status_code == 422
    assert says in str(answer.context["form"].errors["networks"][0])
    assert read(answer).value("networks") == typed
    assert says in read(part).text
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "You are at 203.0.113.7 . Without a network the key works from everywhere."),
        ("203.0.113.0/24", "You are at 203.0.113.7 , which would be allowed."),
        ("10.0.0.0/8, 203.0.113.7", "You are at 203.0.113.7 , which would be allowed."),
        ("10.0.0.0/8", "You are at 203.0.113.7 , which would be refused."),
        ("2001:db8::/32", "You are at 203.0.113.7 , which would be refused."),
    ],
)
def test_while_typing_one_is_told_whether_one_would_be_let_in(alice, typed, says):
    answer = alice.browser.get(CHECK, {"networks": typed}, REMOTE_ADDR="203.0.113.7")

    assert says in read(answer).text
    assert b"<html" not in answer.content


@pytest.mark.parametrize(("seconds", "status"), [("60", 200), ("1", 200), ("0", 422), ("-5", 422), ("9" * 12, 422)])
def test_an_expiry_may_be_given_in_seconds(alice, filled, seconds, status):
    answer = alice.browser.post(NEW, filled | {"expires": "seconds", "expires_in": seconds})

    assert answer.status_code == status
    if status == 200:
        end = ApiKey.objects.get().expires_at
        assert end is not None
        assert abs(end - clock.now() - timedelta(seconds=int(seconds))) < timedelta(seconds=10)


def offered(page: Page) -> set[str]:
    return set(page.fields["expires"]) - set(page.disabled.get("expires", []))


EVERY_WAY = {"7", "30", "90", "365", "custom", "seconds", "never"}


@pytest.mark.parametrize(
    ("limits", "forbidden", "default"),
    [
        ({}, set(), "90"),
        ({"keys_must_end": True}, {"never"}, "90"),
        ({"longest_key_days": 90}, {"365", "never"}, "90"),
        ({"longest_key_days": 60}, {"90", "365", "never"}, "30"),
        ({"longest_key_days": 3}, {"7", "30", "90", "365", "never"}, "custom"),
    ],
)
def test_the_accounts_limits_decide_which_ends_can_be_chosen(alice, filled, limits, forbidden, default):
    change(alice.account, **limits)
    browser = alice.browser

    page = read(browser.get(NEW))

    assert offered(page) == EVERY_WAY - forbidden
    assert page.checked["expires"] == [default]
    assert ("An owner can change that" in page.text) == bool(forbidden)
    for choice in forbidden:
        assert browser.post(NEW, filled | {"expires": choice}).status_code == 422
    assert not ApiKey.objects.exists()


def test_a_group_that_is_switched_off_is_marked_and_can_still_be_chosen(alice, filled):
    change(alice.account, groups_off=["Sites"])
    browser = alice.browser

    page = read(browser.get(NEW))
    answer = browser.post(NEW, filled)

    assert page.text.count("Off for this account") == 1
    assert "An owner can switch it on" in page.text
    assert "getSites" not in page.disabled.get("permissions", [])
    assert tokens_in(answer)
    assert "cannot be used now. Sites is switched off for this account" in read(answer).text
    assert "/api/v1/sites?" not in read(answer).text


def test_an_api_that_is_switched_off_is_said_once(alice):
    change(alice.account, api_is_on=False)

    text = read(alice.browser.get(NEW)).text

    assert text.count("The API is switched off for this account, so no key is answered now") == 1


PREFILLED = "name=From+a+link&permissions=getSites&networks=203.0.113.0/24,2001:db8::/32"


def test_a_link_may_ask_for_sites_networks_and_seconds(alice, shop):
    answer = alice.browser.get(f"{NEW}?{PREFILLED}&sites={shop.site_key}&expires_in=3600")

    page = read(answer)
    assert page.checked["sites"] == [shop.site_key]
    assert page.checked["reach"] == ["sites"]
    assert page.value("networks") == "203.0.113.0/24\n2001:db8::/32"
    assert page.checked["expires"] == ["seconds"]
    assert page.value("expires_in") == "3600"
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("seconds", "chosen"), [("604800", "7"), ("7776000", "90"), ("0", "90"), ("x", "90"), ("9" * 20, "90")]
)
def test_seconds_that_are_a_preset_choose_it_and_others_that_cannot_be_are_left_out(alice, seconds, chosen):
    assert read(alice.browser.get(NEW, {"expires_in": seconds})).checked["expires"] == [chosen]


def test_a_link_gets_no_site_that_its_reader_does_not_have(alice, bob, shop, dave):
    foreign = Site.objects.create(account=dave.account, name="Foreign", allowed_origins=["https://x.example"])
    own = Site.objects.create(account=alice.account, name="Hidden away", allowed_origins=["https://x.example"])

    page = read(bob.browser.get(NEW, {"sites": f"{shop.site_key},{foreign.site_key},{own.site_key},nonsense"}))

    assert page.checked["sites"] == page.fields["sites"] == [shop.site_key]
    assert "names 3 sites that you do not have here" in page.text
    assert "Foreign" not in page.text
    assert "Hidden away" not in page.text


def test_a_link_that_names_only_foreign_sites_does_not_open_on_all_sites(bob):
    page = read(bob.browser.get(NEW, {"sites": "sk_live_0000000000000000000001"}))

    assert page.checked["reach"] == ["sites"]
    assert "sites" not in page.checked


@pytest.mark.parametrize("asked", ["never", "365", "90"])
def test_a_link_gets_no_end_that_the_account_forbids(alice, asked):
    change(alice.account, longest_key_days=60)

    assert read(alice.browser.get(NEW, {"expires": asked})).checked["expires"] == ["30"]


def test_a_key_that_may_only_verify_gets_calls_that_it_can_make(alice, filled, client):
    answer = alice.browser.post(NEW, filled | {"permissions": ["verify"]})

    (token,) = tokens_in(answer)
    titles = [title for title, _ in answer.context["snippets"]]
    assert titles == ["Try it in a shell", "Keep it in a .env file", "Python", "JavaScript (Node)"]
    assert client.get(WHOAMI, headers={"Authorization": f"Bearer {token}"}).status_code == 200
