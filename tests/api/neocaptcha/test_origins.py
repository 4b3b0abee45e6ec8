"""`allowedOrigins`: what is taken, how it is written down, and what the refusal of the rest says."""

import pytest

from apps.sites.models import Site
from tests.api.conftest import SITES

CANONICAL = [
    ("https://App.Example.COM", "https://app.example.com"),
    ("HTTPS://app.example.com", "https://app.example.com"),
    ("https://app.example.com/", "https://app.example.com"),
    ("  https://app.example.com  ", "https://app.example.com"),
    ("https://app.example.com:443", "https://app.example.com"),
    ("http://app.example.com:80", "http://app.example.com"),
    ("https://app.example.com:80", "https://app.example.com:80"),
    ("http://app.example.com:443", "http://app.example.com:443"),
    ("https://app.example.com:8443", "https://app.example.com:8443"),
    ("https://app.example.com:08443", "https://app.example.com:8443"),
    ("https://app.example.com:65535", "https://app.example.com:65535"),
    ("https://app.example.com:", "https://app.example.com"),
    ("https://app.example.com.", "https://app.example.com"),
    ("https://bücher.example", "https://xn--bcher-kva.example"),
    ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
    ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ("https://例え.テスト", "https://xn--r8jz45g.xn--zckzah"),
    ("https://straße.example", "https://xn--strae-oqa.example"),
    ("https://ｆｕｌｌ.example", "https://full.example"),
    ("https://192.0.2.7:8080", "https://192.0.2.7:8080"),
    ("http://[2001:DB8::1]", "http://[2001:db8::1]"),
    ("http://[2001:db8:0:0:0:0:0:1]:8080", "http://[2001:db8::1]:8080"),
    ("http://localhost", "http://localhost"),
    ("http://LocalHost:3000", "http://localhost:3000"),
    ("http://intranet", "http://intranet"),
]

REFUSED = [
    ("", "1 to 300 characters"),
    ("   ", "1 to 300 characters"),
    (f"https://{'a' * 300}.example", "1 to 300 characters"),
    ("*", "wildcard"),
    ("https://*.example.com", "wildcard"),
    ("app.example.com", "has no scheme. An origin is scheme and host, such as https://app.example.com."),
    ("app.example.com/path", "such as https://app.example.com."),
    ("localhost:3000", "has no scheme"),
    ("//app.example.com", "has no scheme"),
    ("null", "has no scheme"),
    ("ftp://app.example.com", "neither http nor https"),
    ("javascript://app.example.com", "neither http nor https"),
    ("chrome-extension://abc", "neither http nor https"),
    ("https://user@app.example.com", "credentials"),
    ("https://user:pass@app.example.com", "credentials"),
    ("https://@app.example.com", "credentials"),
    ("https://app.example.com/path", "more than scheme and host"),
    ("https://app.example.com//", "more than scheme and host"),
    ("https://app.example.com?q=1", "more than scheme and host"),
    ("https://app.example.com?", "more than scheme and host"),
    ("https://app.example.com#top", "more than scheme and host"),
    ("https://app.example.com:0", "port 0"),
    ("https://app.example.com:65536", "cannot be read"),
    ("https://app.example.com:99999", "cannot be read"),
    ("https://app.example.com:-1", "cannot be read"),
    ("https://app.example.com:http", "cannot be read"),
    ("https://", "no valid host"),
    ("https:///path", "no valid host"),
    ("https://.example.com", "no valid host"),
    ("https://a..example", "no valid host"),
    ("https://-a.example", "no valid host"),
    ("https://under_score.example", "no valid host"),
    (f"https://{'a' * 64}.example", "no valid host"),
    ("https://app example.com", "no valid host"),
    ("https://xn--a.example", "no valid host"),
    ("https://999.0.2.7", "no valid host"),
    ("https://192.0.2", "no valid host"),
    ("https://[2001:db8::1", "cannot be read"),
    ("https://[::g]", ""),
    ("https://[]", ""),
    ("https://[fe80::1%25eth0]", "no valid host"),
    ("https://a\u202eb.example", "no valid host"),
    ("https://💩\ufffd.example", "no valid host"),
]


@pytest.fixture
def create(api, new_site):
    return lambda origins: api.post(SITES, new_site | {"allowedOrigins": origins})


@pytest.mark.parametrize(("typed", "canonical"), CANONICAL)
def test_an_origin_is_written_down_as_a_browser_would_send_it(create, typed, canonical):
    answer = create([typed])

    assert answer.status_code == 201, answer.text
    assert answer.json()["allowedOrigins"] == [canonical]
    assert Site.objects.get().allowed_origins == [canonical]


@pytest.mark.parametrize(("typed", "says"), REFUSED)
def test_what_is_no_origin_is_refused_with_a_sentence_that_shows_one(create, typed, says):
    answer = create(["https://fine.example", typed])

    assert answer.status_code == 400, answer.text
    assert says in answer.json()["error"]
    assert "https://" in answer.json()["error"]
    assert not Site.objects.exists()


@pytest.mark.parametrize("typed", ["https://app.example.com/checkout?step=2", "app.example.com"])
def test_the_sentence_shows_what_was_probably_meant(create, typed):
    assert create([typed]).json()["error"].endswith("such as https://app.example.com.")


def test_duplicates_are_merged_and_the_order_is_kept(create):
    answer = create(["https://b.example", "https://A.example", "https://b.example:443/", "https://a.example"])

    assert answer.json()["allowedOrigins"] == ["https://b.example", "https://a.example"]


def test_the_list_is_not_empty(create):
    answer = create([])

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("allowedOrigins needs at least one origin")


def test_a_hundred_origins_are_taken_and_one_more_is_not(create):
    hundred = [f"https://site-{number}.example" for number in range(100)]

    assert create(hundred).json()["allowedOrigins"] == hundred
    answer = create([*hundred, "https://one-more.example"])
    assert answer.status_code == 400
    assert answer.json()["error"] == "allowedOrigins has 101 origins; at most 100 are allowed."


def test_duplicates_do_not_count_towards_the_hundred(create):
    assert create(["https://app.example.com"] * 150).json()["allowedOrigins"] == ["https://app.example.com"]


@pytest.mark.parametrize(
    ("origins", "is_local"),
    [
        (["https://app.example.com"], False),
        (["https://app.example.com", "http://localhost:3000"], True),
        (["https://localhost"], True),
        (["http://127.0.0.1:8000"], True),
        (["http://[::1]:8000"], True),
        (["https://localhost.example.com"], False),
        (["https://notlocalhost"], False),
    ],
)
def test_the_developers_own_machine_switches_localhost_on_and_nothing_else_does(create, origins, is_local):
    assert create(origins).status_code == 201

    assert Site.objects.get().allow_localhost is is_local


def test_taking_the_local_origin_away_switches_localhost_off_again(api, create):
    key = create(["https://app.example.com", "http://localhost"]).json()["siteKey"]

    api.patch(f"{SITES}/{key}", {"allowedOrigins": ["https://app.example.com"]})

    assert Site.objects.get().allow_localhost is False
