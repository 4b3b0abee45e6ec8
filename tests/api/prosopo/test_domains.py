"""`settings.domains`: hosts in place of origins, with wildcards; what another contract wrote survives."""

import pytest
from django.test import Client

from apps.sites.models import Site
from apps.sites.operations import update_site
from tests.api.conftest import SITES
from tests.api.prosopo.conftest import CREATE, SITE_GET, UPDATE, new_site, refused

CANONICAL = [
    ("Web.Example.COM", "web.example.com"),
    ("https://web.example.com", "web.example.com"),
    ("HTTP://web.example.com/", "web.example.com"),
    ("www.example.com", "example.com"),
    ("https://www.example.com/", "example.com"),
    ("www.example", "www.example"),
    ("  example.com  ", "example.com"),
    ("example.com.", "example.com"),
    ("*.example.com", "*.example.com"),
    ("https://*.Example.com/", "*.example.com"),
    ("*.a.b.example.com", "*.a.b.example.com"),
    ("bücher.example", "xn--bcher-kva.example"),
    ("*.bücher.example", "*.xn--bcher-kva.example"),
    ("localhost", "localhost"),
    ("127.0.0.1", "127.0.0.1"),
    ("intranet", "intranet"),
]
REFUSED = [
    ("*", "anybody's pages"),
    ("https://*", "anybody's pages"),
    ("*.com", "anybody's pages"),
    ("*.", "anybody's pages"),
    ("*.127.0.0.1", "anybody's pages"),
    ("*example.com", "no bare hostname"),
    ("a.*.example.com", "no bare hostname"),
    ("*.*.example.com", "no bare hostname"),
    ("", "no bare hostname"),
    ("example.com/path", "no bare hostname"),
    ("example.com:8443", "no bare hostname"),
    ("user@example.com", "no bare hostname"),
    ("example.com?q", "no bare hostname"),
    ("ftp://example.com", "no bare hostname"),
    ("a b.example", "no bare hostname"),
    ("[::1]", "no bare hostname"),
    ("-.example", "no hostname"),
    ("a..example", "no hostname"),
    ("1.2.3", "no hostname"),
    (f"{'a' * 64}.example", "no hostname"),
    ("x" * 400, "no bare hostname"),
]


@pytest.mark.parametrize(("typed", "shown"), CANONICAL)
def test_a_domain_is_written_down_bare(api, typed, shown):
    made = api.post(CREATE, new_site("Web", typed)).json()

    assert made["settings"]["domains"] == [shown]
    assert Site.objects.get().allowed_origins == [f"https://{shown}"]


@pytest.mark.parametrize(("typed", "problem"), REFUSED)
def test_anything_else_is_refused_with_an_example_of_what_is_right(api, typed, problem):
    message = refused(api.post(CREATE, new_site("Web", typed)), 400, "API.INVALID_BODY")

    assert problem in message
    assert "example.com" in message
    assert Site.objects.count() == 0


def test_a_domain_given_twice_is_one_and_a_hundred_are_the_most(api):
    twice = api.post(CREATE, new_site("Web", "a.example", "WWW.b.example", "https://a.example/", "b.example"))
    many = api.post(CREATE, new_site("Many", *(f"{number}.example.com" for number in range(101))))

    assert twice.json()["settings"]["domains"] == ["a.example", "b.example"]
    assert "101 domains" in refused(many, 400, "API.INVALID_BODY")


def test_the_developers_own_machine_is_noticed(api):
    api.post(CREATE, new_site("Web", "web.example", "localhost"))

    assert Site.objects.get().allow_localhost


MIXED = ["http://localhost:3000", "https://www.shop.example", "http://a.example:8080", "https://b.example"]


@pytest.fixture
def mixed(alice, shop):
    """A site with origins that another contract wrote."""
    return update_site(alice.actor, site_key=shop.site_key, allowed_origins=MIXED)


def test_origins_of_other_contracts_are_shown_with_host_and_port(api, mixed):
    shown = api.get(SITE_GET, siteKey=mixed.site_key).json()["settings"]["domains"]

    assert shown == ["localhost:3000", "www.shop.example", "a.example:8080", "b.example"]


def test_what_was_read_can_be_written_back_and_changes_nothing(api, mixed):
    read = api.get(SITE_GET, siteKey=mixed.site_key).json()

    body = {field: read[field] for field in ("siteKey", "name", "settings", "isDefault")}
    answer = api.post(UPDATE, body)

    assert answer.json() == read
    assert Site.objects.get().allowed_origins == MIXED
    assert Site.objects.get().updated_at == mixed.updated_at


def test_an_update_that_names_no_domains_leaves_the_origins(api, mixed):
    api.post(UPDATE, {"siteKey": mixed.site_key, "name": "Renamed", "settings": {"powDifficulty": 5}})

    assert Site.objects.get().allowed_origins == MIXED


def test_a_domain_that_is_kept_keeps_its_scheme_and_port_beside_new_ones(api, mixed):
    domains = ["new.example", "Localhost:3000", "http://A.example:8080/"]
    api.post(UPDATE, {"siteKey": mixed.site_key, "settings": {"domains": domains}})

    assert Site.objects.get().allowed_origins == ["https://new.example", *MIXED[0:3:2]]


def test_two_origins_of_one_host_are_one_domain_and_stay_two(api, alice, shop):
    both = ["http://a.example", "https://a.example"]
    update_site(alice.actor, site_key=shop.site_key, allowed_origins=both)

    read = api.get(SITE_GET, siteKey=shop.site_key).json()
    assert read["settings"]["domains"] == ["a.example"]
    api.post(UPDATE, {"siteKey": shop.site_key, "settings": read["settings"]})

    assert Site.objects.get().allowed_origins == both


@pytest.fixture
def wild(api):
    """The key of a site with a wildcard."""
    return api.post(CREATE, new_site("Wild", "*.shop.example", "shop.example")).json()["siteKey"]


def test_another_contract_takes_a_wildcard_back_unchanged_and_no_other(api, wild):
    read = api.get(f"{SITES}/{wild}").json()
    assert read["allowedOrigins"] == ["https://*.shop.example", "https://shop.example"]

    written = api.patch(f"{SITES}/{wild}", {"allowedOrigins": [*read["allowedOrigins"], "https://new.example"]})
    assert written.json()["allowedOrigins"] == [*read["allowedOrigins"], "https://new.example"]
    for other in ("https://*.other.example", "http://*.shop.example", "*"):
        answer = api.patch(f"{SITES}/{wild}", {"allowedOrigins": [other]})
        assert (answer.status_code, "wildcard" in answer.json()["error"]) == (400, True)
    assert api.patch(f"{SITES}/{wild}", {"allowedOrigins": ["https://new.example"]}).status_code == 200
    gone = api.patch(f"{SITES}/{wild}", {"allowedOrigins": ["https://*.shop.example"]})
    assert gone.status_code == 400


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("https://a.shop.example", True),
        ("https://a.b.shop.example", True),
        ("https://shop.example", False),
        ("http://a.shop.example", False),
        ("https://a.shop.example:8443", False),
        ("https://ashop.example", False),
        ("https://shop.example.evil.example", False),
    ],
)
def test_a_wildcard_stands_for_every_subdomain_and_nothing_else(api, origin, is_allowed):
    made = api.post(CREATE, new_site("Wild", "*.shop.example")).json()

    answer = Client(headers={"Origin": origin}).get(f"/challenge?sitekey={made['siteKey']}")

    assert answer.status_code == (200 if is_allowed else 403), answer.text
    assert ("signature" in answer.text) is is_allowed
