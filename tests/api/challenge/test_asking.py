"""GET /challenge, as browsers send it from the pages of a site, and from pages that are none of it."""

from typing import Any
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from apps.protection.verifying import verify_solution
from apps.sites import site_key
from apps.sites.models import Site
from apps.sites.operations import deactivate_site, delete_site
from tests.people import Person
from tests.protection.solving import CHALLENGE, ORIGIN, ask, encoded, payload_of, set_site, verify_later

pytestmark = pytest.mark.django_db

ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def site(shop: Site) -> Site:
    """Alice's site, quick to solve."""
    return set_site(shop)


def refusal(answer: Any) -> tuple[int, str]:
    """Status and code of an error, which is JSON in one shape."""
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert set(body) == {"code", "message", "requestId"}
    assert body["requestId"] == answer["X-Request-ID"]
    return answer.status_code, body["code"]


def test_a_page_of_the_site_gets_a_challenge_whose_solution_is_good(site: Site) -> None:
    answer = ask(site)
    body = answer.json()

    assert answer.status_code == 200
    assert (answer[ALLOWED], answer["Vary"], answer["Cache-Control"]) == (ORIGIN, "Origin", "no-store")
    assert "Access-Control-Allow-Credentials" not in answer
    assert not answer.cookies
    assert (body["initialDelay"], body["validitySeconds"], body["protected"]) == (3, 21_600, True)
    found = verify_later(site, encoded(payload_of(body["parameters"], body["signature"])))
    assert found.passes
    assert found.visitor is not None
    assert found.visitor.address == "203.0.113.7"


def test_the_challenge_tells_the_page_nothing_of_the_visitor(site: Site) -> None:
    text = ask(site, **{"User-Agent": "Very special browser"}).content.decode()
    assert "203.0.113.7" not in text
    assert "special" not in text


@pytest.mark.parametrize("spell", [str, lambda key: key.hex, site_key.spell, lambda key: site_key.spell(key, "pk_")])
def test_every_spelling_of_the_site_key_is_taken(site: Site, spell: Any) -> None:
    answer = Client(headers={"Origin": ORIGIN}).get(CHALLENGE, {"sitekey": spell(site.key)})
    assert answer.status_code == 200


@pytest.mark.parametrize("key", ["", "nonsense", "sk_live_" + "0" * 22, "x" * 81])
def test_an_unknown_site_key_is_told_so(key: str, db: None) -> None:
    answer = Client(headers={"Origin": ORIGIN}).get(CHALLENGE, {"sitekey": key})
    assert refusal(answer) in {(404, "not_found"), (400, "invalid_request")}
    assert ALLOWED not in answer
    assert answer["Vary"] == "Origin"


def test_a_missing_site_key_is_named(db: None) -> None:
    answer = Client(headers={"Origin": ORIGIN}).get(CHALLENGE)
    assert refusal(answer) == (400, "invalid_request")
    assert "sitekey" in answer.json()["message"]


@pytest.mark.parametrize(
    ("origin", "settings"),
    [
        ("https://shop.example:443", {}),
        ("https://SHOP.example", {}),
        ("https://a.shop.example", {"allow_subdomains": True}),
        ("https://a.b.shop.example", {"allow_subdomains": True}),
        ("https://a.wild.example", {"allowed_origins": ["https://*.wild.example"]}),
        ("http://localhost:5173", {"allow_localhost": True}),
        ("http://127.0.0.1", {"allow_localhost": True}),
        ("http://[::1]:8000", {"allow_localhost": True}),
        ("https://shop.example:8443", {"allowed_origins": ["https://shop.example:8443"]}),
    ],
)
def test_an_origin_of_the_site_is_allowed(site: Site, origin: str, settings: dict[str, Any]) -> None:
    set_site(site, **settings)
    answer = ask(site, origin)
    assert answer.status_code == 200, answer.json()
    assert answer[ALLOWED] == origin


@pytest.mark.parametrize(
    ("origin", "settings"),
    [
        ("https://evil.example", {}),
        ("http://shop.example", {}),
        ("https://shop.example:8443", {}),
        ("https://a.shop.example", {}),
        ("https://ashop.example", {"allow_subdomains": True}),
        ("http://a.shop.example", {"allow_subdomains": True}),
        ("https://shop.example.evil.example", {"allow_subdomains": True}),
        ("https://wild.example", {"allowed_origins": ["https://*.wild.example"]}),
        ("http://localhost", {}),
        ("http://localhost.evil.example", {"allow_localhost": True}),
        ("https://1.192.0.2.1", {"allowed_origins": ["https://192.0.2.1"], "allow_subdomains": True}),
        ("null", {}),
        ("https://shop.example/path", {}),
        ("*", {}),
        ("ftp://shop.example", {}),
        ("https://" + "a" * 400, {}),
    ],
)
def test_another_origin_gets_no_challenge_and_may_not_even_read_why(
    site: Site, origin: str, settings: dict[str, Any]
) -> None:
    answer = ask(set_site(site, **settings), origin)
    assert refusal(answer) == (403, "origin_not_allowed")
    assert ALLOWED not in answer


def test_the_refusal_says_what_to_do(site: Site) -> None:
    assert "https://evil.example" in ask(site, "https://evil.example").json()["message"]
    assert "settings" in ask(site, "https://evil.example").json()["message"]
    assert "Origin: null" in ask(site, "null").json()["message"]


def test_without_an_origin_the_referer_says_which_page(site: Site) -> None:
    answer = ask(site, None, Referer=f"{ORIGIN}/checkout?step=2")
    assert answer.status_code == 200
    assert ALLOWED not in answer
    assert refusal(ask(site, None, Referer="https://evil.example/")) == (403, "origin_not_allowed")
    assert refusal(ask(site, None, Referer="http://[")) == (403, "origin_not_allowed")
    assert refusal(ask(site, None)) == (403, "origin_not_allowed")


def test_the_dashboards_own_pages_get_a_challenge_whose_solution_is_good_there_alone(site: Site) -> None:
    own = "http://testserver"
    body = ask(site, None, Referer=f"{own}/sitekeys/").json()
    solution = encoded(payload_of(body["parameters"], body["signature"]))
    assert not verify_later(site, solution).passes
    assert verify_later(site, solution, own_origin=own).passes


def test_a_preflight_is_answered_for_the_sites_pages_alone(site: Site) -> None:
    def preflight(origin: str) -> Any:
        asked = {"Origin": origin, "Access-Control-Request-Method": "GET"}
        return Client(headers=asked).options(f"{CHALLENGE}?sitekey={site.site_key}")

    answer = preflight(ORIGIN)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (answer[ALLOWED], answer["Access-Control-Allow-Methods"], answer["Vary"]) == (ORIGIN, "GET", "Origin")
    assert ALLOWED not in preflight("https://evil.example")


def test_another_method_is_refused_in_json(site: Site) -> None:
    answer = Client().post(CHALLENGE)
    assert refusal(answer) == (405, "method_not_allowed")
    assert refusal(Client().get("/challenge/else")) == (404, "not_found")


def test_a_deactivated_site_says_so_and_a_deleted_one_is_unknown(site: Site, alice: Person) -> None:
    deactivate_site(alice.actor, site_key=site.site_key)
    answer = ask(site)
    assert refusal(answer) == (403, "site_disabled")
    assert answer[ALLOWED] == ORIGIN
    delete_site(alice.actor, site_key=site.site_key)
    assert refusal(ask(site)) == (404, "not_found")


def test_too_many_open_challenges_are_refused_until_they_are_solved(site: Site) -> None:
    set_site(site, max_parallel=2)
    first, _ = ask(site).json(), ask(site).json()
    answer = ask(site)
    assert refusal(answer) == (429, "too_many_challenges")
    assert answer[ALLOWED] == ORIGIN
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert ask(site, address="198.51.100.1").status_code == 200

    assert verify_later(site, encoded(payload_of(first["parameters"], first["signature"]))).passes
    assert ask(site).status_code == 200
    assert ask(site).status_code == 429


@override_settings(CHALLENGE_REQUESTS_PER_MINUTE=2)
def test_an_address_that_asks_too_often_is_told_when_to_come_back(site: Site) -> None:
    set_site(site, max_parallel=10)
    answers = [ask(site, address="198.51.100.77") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert refusal(answers[-1]) == (429, "rate_limited")
    assert answers[-1][ALLOWED] == ORIGIN
    assert int(answers[-1]["Retry-After"]) >= 1


@override_settings(REFUSED_REQUESTS_PER_MINUTE=2)
@pytest.mark.parametrize("key", ["nonsense", "sk_live_" + "0" * 22])
def test_who_asks_for_sites_that_do_not_exist_is_told_when_to_come_back(
    site: Site, key: str, django_assert_max_num_queries: Any
) -> None:
    def ask_for(key: str, address: str) -> Any:
        return Client(headers={"Origin": ORIGIN}, REMOTE_ADDR=address).get(CHALLENGE, {"sitekey": key})

    addresses = ("2001:db8::1", "2001:db8::2", "2001:db8::3")
    with django_assert_max_num_queries(3):
        answers = [ask_for(key, address) for address in addresses]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert refusal(answers[-1]) == (429, "rate_limited")
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert ALLOWED not in answers[-1]
    preflight = Client(headers={"Origin": ORIGIN}, REMOTE_ADDR=addresses[0]).options(f"{CHALLENGE}?sitekey={key}")
    assert preflight.status_code == 429

    assert ask_for(site.site_key, addresses[0]).status_code == 200  # a real site's visitors are not held back
    assert ask_for(key, "2001:db8:0:1::1").status_code == 404


@override_settings(CHALLENGE_REQUESTS_PER_MINUTE=2)
@pytest.mark.parametrize("origin", ["null", None])
def test_requests_that_name_no_page_are_counted_too(site: Site, origin: str | None) -> None:
    assert [ask(site, origin).status_code for _ in range(3)] == [403, 403, 429]


@override_settings(CHALLENGE_REQUESTS_PER_MINUTE=2)
def test_an_ipv6_network_asks_as_often_as_one_address_and_its_addresses_buy_nothing(site: Site) -> None:
    addresses = ("2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::3", "2001:db8:1:3::1")
    assert [ask(site, address=address).status_code for address in addresses] == [200, 200, 429, 200]


def test_ipv4_through_a_socket_for_both_is_counted_by_its_own_address(site: Site) -> None:
    set_site(site, max_parallel=1)
    addresses = ("::ffff:198.51.100.1", "::ffff:198.51.100.2", "198.51.100.1")
    assert [ask(site, address=address).status_code for address in addresses] == [200, 200, 429]


def test_without_a_database_the_answer_is_503_in_json(site: Site) -> None:
    with patch("apps.sites.models.SiteQuerySet.living", side_effect=OperationalError):
        answer = ask(site)
    assert refusal(answer) == (503, "service_unavailable")


def test_without_protection_the_challenge_is_trivial_and_says_so(site: Site) -> None:
    set_site(site, protection_enabled=False, level=255)
    body = ask(site).json()
    assert (body["protected"], body["initialDelay"], body["parameters"]["cost"]) == (False, 0, 1)
    found = verify_solution(site, encoded(payload_of(body["parameters"], body["signature"])))
    assert found.outcome == "unchecked"


@override_settings(JA4_HEADER="X-JA4")
def test_the_proxys_fingerprint_is_passed_on_when_it_looks_like_one(site: Site) -> None:
    def seen(ja4: str) -> str:
        body = ask(site, **{"X-JA4": ja4}).json()
        found = verify_later(site, encoded(payload_of(body["parameters"], body["signature"])))
        assert found.visitor is not None
        return found.visitor.ja4

    assert seen("t13d1516h2_8daaf6152771_e5627efa2ab1") == "t13d1516h2_8daaf6152771_e5627efa2ab1"
    assert seen("<script>") == ""
    assert seen("x" * 65) == ""


def test_a_challenge_costs_two_queries(site: Site, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(2) as queries:
        assert ask(site).status_code == 200
    read, written = (query["sql"] for query in queries.captured_queries)
    assert read.startswith("SELECT")
    assert "INSERT INTO" in written
