"""A wildcard that came by the API: shown on the site's pages, explained, and kept when the settings are saved."""

import pytest

from apps.permissions.refusals import Invalid
from apps.sites.models import Site
from apps.sites.operations import create_site
from apps.sites.origins import Domains, is_allowed_on
from tests.people import settings_form
from tests.sites.conftest import path

WILDCARD = "https://*.shop.example"
ORIGINS = [WILDCARD, "https://shop.example"]


@pytest.fixture
def wild(alice):
    return create_site(alice.actor, name="Wild", allowed_origins=Domains(["*.shop.example", "shop.example"])).site


@pytest.mark.parametrize("page", ["", "settings", "install"])
def test_it_is_shown(alice, wild, page):
    assert WILDCARD in alice.browser.get(path(wild, page)).text


def test_the_settings_say_what_it_stands_for_where_there_is_one(alice, wild, shop):
    explained = "stands for every subdomain"

    assert explained in alice.browser.get(path(wild, "settings")).text
    assert explained not in alice.browser.get(path(shop, "settings")).text
    assert explained not in alice.browser.get("/sitekeys/new").text


def test_saving_the_settings_keeps_it(alice, wild):
    form = settings_form(wild, name="Renamed", allowed_origins="\n".join([*ORIGINS, "https://new.example"]))

    assert alice.browser.post(path(wild, "settings"), form).status_code == 302

    site = Site.objects.get()
    assert (site.name, site.allowed_origins) == ("Renamed", [*ORIGINS, "https://new.example"])


def test_the_page_takes_no_other(alice, wild):
    form = settings_form(wild, allowed_origins=f"{WILDCARD}\nhttps://*.other.example")

    answer = alice.browser.post(path(wild, "settings"), form)

    assert answer.status_code == 422
    assert "has a wildcard; name each origin" in answer.text
    assert Site.objects.get().allowed_origins == ORIGINS


def test_it_is_found_by_a_search_for_its_host(alice, wild):
    assert "Wild" in alice.browser.get("/sitekeys/?q=*.shop.ex").text
    assert "Wild" not in alice.browser.get("/sitekeys/?q=*.other").text


@pytest.mark.parametrize("suffix", ["co.uk", "github.io", "kawasaki.jp"])
def test_none_stands_for_what_anybody_can_have_a_name_below(alice, suffix):
    with pytest.raises(Invalid, match="anybody's pages"):
        create_site(alice.actor, name="Everybody", allowed_origins=Domains([f"*.{suffix}"]))


def test_subdomains_of_what_anybody_can_have_a_name_below_are_not_allowed(alice):
    site = Site(allowed_origins=["https://github.io", "https://shop.example"], allow_subdomains=True)

    assert not is_allowed_on(site, "https://mallory.github.io")
    assert is_allowed_on(site, "https://a.shop.example")
