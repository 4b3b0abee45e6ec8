"""The install tab: what to paste by the reader's choices, a try without the secret, and the first solution."""

import pytest

from apps.audit.models import AuditEvent
from apps.protection import recording, test_keys
from apps.protection.models import CaptchaRecord
from apps.protection.verifying import verify_solution
from apps.sites.operations import deactivate_site
from tests.people import Person
from tests.protection.solving import ORIGIN, set_site, solved

DASHBOARD = "http://testserver"


@pytest.fixture
def address(shop):
    set_site(shop, initial_delay=0)
    return f"/sitekeys/{shop.site_key}/install"


def answer(site, origin=ORIGIN):
    """A solution is verified for the site, and its record written."""
    found = verify_solution(site, solved(site, origin=origin), own_origin=origin)
    assert found.passes
    recording.flush()


def try_it(person: Person, address: str, solution: str, **headers: str):
    return person.browser.post(f"{address}/try", {"gatehouse-solution": solution}, headers=headers)


def solved_here(site) -> str:
    """What the widget on the install tab makes."""
    site.allowed_origins, before = [DASHBOARD], site.allowed_origins
    solution = solved(site, origin=DASHBOARD)
    site.allowed_origins = before
    return solution


def test_the_choices_are_in_the_address_and_unknown_ones_are_the_first(alice, address, shop):
    first = alice.browser.get(address).content.decode()
    assert f"data-sitekey=&quot;{shop.site_key}&quot;" in first
    assert "def is_human(solution: str)" in first
    page = alice.browser.get(f"{address}?words=private-captcha&page=react&backend=go").content.decode()
    assert f"data-sitekey=&quot;{shop.key.hex}&quot;" in page
    assert "func IsHuman" in page
    assert "http://testserver/siteverify" in page
    assert 'aria-current="page">Go</a>' in page
    odd = alice.browser.get(f"{address}?words=%00x&page=no&backend=../../settings")
    assert odd.status_code in {200, 400}
    assert alice.browser.get(f"{address}?words=no&page=../html&backend=x").content.decode().count("is_human") > 0


def test_no_secret_is_on_the_page_but_those_of_tests(alice, address):
    page = alice.browser.get(address).content.decode()
    shown = {keys.secret for keys in test_keys.ALL}
    assert all(secret in page for secret in shown)
    assert "For tests only" in page


def test_a_reader_tries_it_without_the_secret_and_once(bob, address, shop):
    solution = solved_here(shop)
    first = try_it(bob, address, solution).content.decode()
    assert "Accepted" in first
    assert DASHBOARD in first
    again = try_it(bob, address, solution, **{"HX-Request": "true"}).content.decode()
    assert "Already used" in again
    assert "<html" not in again
    assert not AuditEvent.objects.filter(outcome="refused").exists()


def test_a_try_of_something_else_is_told(bob, address, shop):
    assert "Not a solution" in try_it(bob, address, "").content.decode()
    assert "Not a solution" in try_it(bob, address, "x\0y").content.decode()


def test_a_deactivated_site_verifies_no_try(alice, address, shop):
    solution = solved_here(shop)
    deactivate_site(alice.actor, site_key=shop.site_key)
    assert "nothing is verified" in try_it(alice, address, solution).content.decode()
    assert "A deactivated site gives out no challenges." in alice.browser.get(address).content.decode()


def test_what_was_solved_on_the_dashboard_is_worth_nothing_to_the_sites_backend(shop, address):
    found = verify_solution(shop, solved_here(shop))
    assert not found.passes
    assert found.outcome.value == "wrong origin"


def test_a_try_is_recorded_with_the_dashboards_origin_and_is_not_the_first_solution(bob, address, shop):
    try_it(bob, address, solved_here(shop))
    recording.flush()
    assert CaptchaRecord.objects.get().origin == DASHBOARD
    assert "Waiting for the first solution" in bob.browser.get(f"{address}/first").content.decode()


def test_it_waits_for_the_first_solution_and_then_asks_no_more(bob, address, shop):
    waiting = bob.browser.get(f"{address}/first")
    assert 'hx-trigger="every 3s"' in waiting.content.decode()
    assert "HX-Trigger" not in waiting
    answer(shop)
    arrived = bob.browser.get(f"{address}/first")
    assert "The first solution on record" in arrived.content.decode()
    assert "hx-get" not in arrived.content.decode()
    assert "The first solution" in arrived["HX-Trigger"]
    assert "It works." in bob.browser.get(address).content.decode()


def test_a_page_that_stays_open_stops_asking_after_ten_minutes(bob, address):
    assert "asked=8" in bob.browser.get(f"{address}/first?asked=7").content.decode()
    for asked in ("200", "99999"):
        assert "hx-get" not in bob.browser.get(f"{address}/first?asked={asked}").content.decode()
    for odd in ("-1", "x", "9" * 400, "²"):
        assert "asked=1" in bob.browser.get(f"{address}/first", {"asked": odd}).content.decode()


def test_refused_solutions_are_no_first_one(bob, address, shop):
    verify_solution(shop, "nonsense")
    recording.flush()
    assert "Waiting for" in bob.browser.get(f"{address}/first").content.decode()


def test_of_a_site_whose_pages_are_on_this_server_every_solution_counts(bob, address, shop):
    set_site(shop, allowed_origins=[DASHBOARD], initial_delay=0)
    answer(shop, DASHBOARD)
    assert "It works." in bob.browser.get(f"{address}/first").content.decode()
