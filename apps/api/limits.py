"""Rate limits, counted in each process: a brake, not an account book.

With several workers the real limit is up to that many times as high. What must be exact is never counted here.
"""

import math
import time

from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from apps.api.callers import Caller
from apps.api.errors import rate_limited
from apps.api.window_counts import WindowCounts
from apps.counting.addresses import counted_as

_limiter = FixedWindowRateLimiter(WindowCounts())


def count_request(caller: Caller, *, verifies: bool = False) -> None:
    """Count a request with a working credential.

    Args:
        caller: whose it is.
        verifies: whether it asks for a verification: those are counted by themselves, and may be as many as for a site.

    Raises:
        ApiError: 429, when there were too many in this minute, or too many of them were refused.
    """
    _hit(_of_caller(verifies=verifies), caller.id, f"requests with this {caller.credential}")
    refused = RateLimitItemPerMinute(settings.REFUSED_REQUESTS_PER_MINUTE, namespace="refused")
    if not _limiter.test(refused, caller.id):
        message = f"Too many refused requests with this {caller.credential}."
        raise rate_limited(message, _seconds_left(refused, caller.id))


def window_of(caller: Caller, *, verifies: bool = False) -> dict[str, str]:
    """The headers that say how many requests a caller has left in this minute, and in how many seconds it ends."""
    item = _of_caller(verifies=verifies)
    left = _limiter.get_window_stats(item, caller.id).remaining
    return {
        "X-RateLimit-Limit": str(item.amount),
        "X-RateLimit-Remaining": str(max(0, left)),
        "X-RateLimit-Reset": str(_seconds_left(item, caller.id)),
    }


def count_refusal(caller: Caller) -> None:
    """Count a request that a caller was not allowed: each of them is written into the audit log."""
    _limiter.hit(RateLimitItemPerMinute(settings.REFUSED_REQUESTS_PER_MINUTE, namespace="refused"), caller.id)


def count_wrong_credentials(address: str) -> None:
    """Count a request with a wrong key or secret. Requests with right ones are never held back by it.

    Raises:
        ApiError: 429, when the address has made too many in this minute.
    """
    _hit(
        RateLimitItemPerMinute(settings.REFUSED_REQUESTS_PER_MINUTE, namespace="wrong"),
        counted_as(address),
        "requests with wrong credentials from this address",
    )


def count_revocation(address: str) -> None:
    """Count a request that hands in credentials, whatever they are.

    Raises:
        ApiError: 429, when the address has made too many in this minute.
    """
    item = RateLimitItemPerMinute(settings.REFUSED_REQUESTS_PER_MINUTE, namespace="revocation")
    _hit(item, counted_as(address), "requests that hand in credentials from this address")


def count_challenge(address: str) -> None:
    """Count a request for a challenge.

    Raises:
        ApiError: 429, when the address has made too many in this minute.
    """
    item = RateLimitItemPerMinute(settings.CHALLENGE_REQUESTS_PER_MINUTE, namespace="challenge")
    _hit(item, counted_as(address), "requests for challenges from this address")


def count_unknown_site(address: str) -> None:
    """Count a request for a challenge of a site that does not exist. Requests for real sites are not held back by it.

    Raises:
        ApiError: 429, when the address has made too many in this minute.
    """
    item = RateLimitItemPerMinute(settings.REFUSED_REQUESTS_PER_MINUTE, namespace="unknown site")
    _hit(item, counted_as(address), "requests for challenges of unknown sites from this address")


def count_verification(site_key: str) -> None:
    """Count a verification for a site.

    Raises:
        ApiError: 429, when there were too many in this minute.
    """
    item = RateLimitItemPerMinute(settings.VERIFY_REQUESTS_PER_MINUTE, namespace="verify")
    _hit(item, site_key, "verifications for this site")


def _of_caller(*, verifies: bool) -> RateLimitItemPerMinute:
    if verifies:
        return RateLimitItemPerMinute(settings.VERIFY_REQUESTS_PER_MINUTE, namespace="key verifies")
    return RateLimitItemPerMinute(settings.API_REQUESTS_PER_MINUTE, namespace="key")


def _hit(item: RateLimitItemPerMinute, who: str, what: str) -> None:
    if not _limiter.hit(item, who):
        raise rate_limited(f"Too many {what}: at most {item.amount} a minute.", _seconds_left(item, who))


def _seconds_left(item: RateLimitItemPerMinute, who: str) -> int:
    return max(1, math.ceil(_limiter.get_window_stats(item, who).reset_time - time.time()))
