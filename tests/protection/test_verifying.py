"""One solution from the challenge to its end: every outcome that a verification can have."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from apps.audit import clock
from apps.credentials.format import TokenKind, mint
from apps.protection.outcomes import Outcome
from apps.protection.solutions import LONGEST
from apps.protection.spent_models import Challenge, purge_expired
from apps.protection.verifying import verify_solution
from apps.protection.visitors import Visitor
from apps.sites.models import Site
from apps.sites.operations import create_site
from apps.sites.secrets import add_secret
from apps.sites.verification import authenticate_site
from tests.people import Person
from tests.protection.solving import (
    ORIGIN,
    VISITOR,
    encoded,
    issue,
    later,
    payload_of,
    set_site,
    solved,
    verify_later,
)

pytestmark = pytest.mark.django_db


def test_a_solved_challenge_is_accepted_and_says_where_and_when(site: Site) -> None:
    issued = issue(site)
    found = verify_later(site, encoded(payload_of(issued.parameters, issued.signature, time=120.5)))

    assert found.outcome is Outcome.ACCEPTED
    assert found.passes
    assert (found.origin, found.times, found.level, found.solve_ms) == (ORIGIN, 1, 1, 120)
    assert (found.nonce, found.visitor, found.rule) == (issued.nonce, VISITOR, "")
    assert found.issued_at is not None
    assert abs(found.issued_at - clock.now()) < timedelta(seconds=5)


def test_a_second_use_is_refused(site: Site) -> None:
    solution = solved(site)
    assert verify_later(site, solution).passes
    again = verify_later(site, solution)
    assert (again.outcome, again.times) == (Outcome.ALREADY_USED, 0)


def test_a_solution_is_good_as_often_as_the_site_allows(site: Site) -> None:
    set_site(site, max_replay_count=3)
    solution = solved(site)
    found = [verify_later(site, solution) for _ in range(5)]
    assert [one.times for one in found] == [1, 2, 3, 0, 0]
    assert [one.passes for one in found] == [True, True, True, False, False]


def test_another_sites_solution_is_refused_and_tells_nothing_of_that_site(site: Site, alice: Person) -> None:
    other = create_site(alice.actor, name="Other", allowed_origins=["https://other.example"]).site
    found = verify_later(other, solved(site))
    assert found.outcome is Outcome.WRONG_SITE
    assert (found.origin, found.visitor, found.nonce) == ("", found.visitor, None)
    assert found.visitor is None or not found.visitor.address
    assert verify_later(site, solved(site)).passes


def test_a_site_whose_protection_is_off_learns_nothing_from_anothers_solution(site: Site, alice: Person) -> None:
    other = create_site(alice.actor, name="Other", allowed_origins=["https://other.example"]).site
    found = verify_later(set_site(other, protection_enabled=False), solved(site))
    assert (found.outcome, found.origin, found.nonce) == (Outcome.UNCHECKED, "", None)


def test_a_solution_is_too_early_until_the_delay_is_over(site: Site) -> None:
    set_site(site, initial_delay=7)
    solution = solved(site)
    assert verify_later(site, solution, 6).outcome is Outcome.TOO_EARLY
    assert verify_later(site, solution, 8).passes


def test_a_solution_expires(site: Site) -> None:
    set_site(site, validity_seconds=300)
    solution = solved(site)
    assert verify_later(site, solution, 301).outcome is Outcome.EXPIRED
    assert verify_later(site, solution, 298).passes


def test_a_shorter_validity_counts_at_once_and_a_longer_one_brings_nothing_back(site: Site) -> None:
    set_site(site, validity_seconds=600)
    solution = solved(site)
    set_site(site, validity_seconds=300)
    assert verify_later(site, solution, 400).outcome is Outcome.EXPIRED
    set_site(site, validity_seconds=604_800)
    assert verify_later(site, solution, 700).outcome is Outcome.EXPIRED


def test_an_origin_that_the_site_no_longer_has_is_refused(site: Site) -> None:
    solution = solved(site)
    set_site(site, allowed_origins=["https://elsewhere.example"])
    assert verify_later(site, solution).outcome is Outcome.WRONG_ORIGIN


def test_the_backend_may_expect_one_origin(site: Site) -> None:
    set_site(site, allowed_origins=[ORIGIN, "https://two.example"])
    solution = solved(site)
    assert verify_later(site, solution, expected_origin="https://two.example").outcome is Outcome.WRONG_ORIGIN
    assert verify_later(site, solution, expected_origin=ORIGIN).passes


def test_the_dashboards_own_test_is_allowed_where_it_says_so_alone(site: Site) -> None:
    own = "https://captcha.example"
    from_page = issue(site, origin=ORIGIN)
    assert from_page.is_protected
    with pytest.raises(Exception, match="not among this site's allowed origins"):
        issue(site, origin=own)


def test_without_protection_everything_passes_unchecked(site: Site) -> None:
    set_site(site, protection_enabled=False)
    assert verify_later(site, "anything").outcome is Outcome.UNCHECKED
    assert verify_later(site, solved(site), 0).outcome is Outcome.UNCHECKED
    assert not Challenge.objects.exists()


def test_what_was_given_without_protection_is_good_for_nothing_once_it_is_on(site: Site) -> None:
    set_site(site, protection_enabled=False)
    trivial = issue(site)
    assert (trivial.level, trivial.initial_delay, trivial.is_protected) == (0, 0, False)
    solution = encoded(payload_of(trivial.parameters, trivial.signature))
    set_site(site, protection_enabled=True)
    assert verify_later(site, solution).outcome is Outcome.EXPIRED


def test_the_browsers_claim_of_its_time_is_bounded(site: Site) -> None:
    def claimed(time: Any) -> int | None:
        issued = issue(site)
        return verify_later(site, encoded(payload_of(issued.parameters, issued.signature, time=time)), 10).solve_ms

    assert claimed(-5) == 0
    assert claimed(1e300) is not None
    assert (claimed(1e300) or 0) <= 10_500
    assert claimed(None) is None


def test_an_older_pepper_still_verifies_and_a_retired_one_does_not(site: Site, settings: Any) -> None:
    solution = solved(site)
    before = dict(settings.PEPPERS)
    added = before | {max(before) + 1: b"another secret that is long enough to be one, 2"}
    with override_settings(PEPPERS=added):
        newer = solved(site)
        assert verify_later(site, solution).passes
        assert verify_later(site, newer).passes
    with override_settings(PEPPERS={max(added): added[max(added)]}):
        assert verify_later(site, solution).outcome is Outcome.INVALID


def test_a_verification_is_one_look_up_and_one_write(site: Site, alice: Person, django_assert_num_queries: Any) -> None:
    secret = add_secret(alice.actor, site_key=site.site_key, label="Backend").secret.reveal()
    authenticate_site(site.site_key, secret)  # notes the use, at most once a minute
    solution = solved(site)
    with clock.at(later(10)):
        with django_assert_num_queries(2) as queries:
            assert verify_solution(authenticate_site(site.site_key, secret), solution).passes
        with django_assert_num_queries(1):
            verify_solution(site, solution)
        with django_assert_num_queries(0):
            verify_solution(site, "nonsense")
            verify_solution(site, solution[:-8])
    assert [query["sql"].split()[0] for query in queries.captured_queries] == ["SELECT", "INSERT"]


def test_purging_takes_what_expired_and_brings_nothing_back(site: Site) -> None:
    set_site(site, validity_seconds=300)
    old, spent = solved(site), solved(site)
    assert verify_later(site, spent).passes
    set_site(site, validity_seconds=86_400)
    fresh = solved(site)

    assert purge_expired(later(301)) == 0  # kept an hour longer, for clocks that are wrong
    assert purge_expired(later(2 * 3600), batch=1) == 2
    assert verify_later(site, spent, 2 * 3600).outcome is Outcome.EXPIRED
    assert verify_later(site, old, 2 * 3600).outcome is Outcome.EXPIRED
    assert verify_later(site, fresh, 2 * 3600).passes


def test_a_solution_whose_row_is_gone_is_still_spent_once(site: Site) -> None:
    solution = solved(site)
    Challenge.objects.all().delete()
    assert verify_later(site, solution).passes
    assert verify_later(site, solution).outcome is Outcome.ALREADY_USED


def test_a_site_secret_is_no_solution(site: Site) -> None:
    assert verify_later(site, mint(TokenKind.SITE_SECRET).reveal()).outcome is Outcome.NOT_A_SOLUTION


def test_the_longest_visitor_still_fits_into_a_solution(site: Site) -> None:
    longest = Visitor("2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", "😀" * 300, ja4="x" * 64)
    solution = solved(site, longest)
    assert len(solution) < LONGEST * 3 / 4
    assert verify_later(site, solution).visitor == longest
