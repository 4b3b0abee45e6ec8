"""Trying a site's captcha from the dashboard: a real challenge, really solved and verified, without the secret.

It counts in the site's traffic and stands in its records like any other, with the dashboard's own origin, which tells
it apart: it is what the site's visitors get, rules and all, and not a show. It is no sign that the site's own pages
work, so the first solution that the install page waits for is one from elsewhere.
"""

from datetime import datetime

from apps.permissions.actor import Actor
from apps.permissions.operation import reading
from apps.protection.record_models import CaptchaRecord
from apps.protection.verdicts import Verification
from apps.protection.verifying import verify_solution
from apps.sites import access
from apps.sites.origins import is_allowed_on


@reading("getSite")
def verify_trial(actor: Actor, *, site_key: str, solution: str, own_origin: str) -> Verification | None:
    """What a verification of the site's backend would find. It spends the solution, which is all that it changes.

    Args:
        actor: who tries.
        site_key: in any contract's spelling.
        solution: what the widget made.
        own_origin: the dashboard's origin.

    Returns:
        What was found; `None` for a deactivated site, for which nothing is verified.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `getSite`.
    """
    site = access.site_to_read(actor, site_key)
    return verify_solution(site, solution, own_origin=own_origin) if site.is_active else None


@reading("getSite")
def first_solution_at(actor: Actor, *, site_key: str, own_origin: str) -> datetime | None:
    """When the first solution from the site's own pages was accepted, as far as records are kept.

    Args:
        actor: who asks.
        site_key: in any contract's spelling.
        own_origin: the dashboard's origin, whose solutions are trials; unless the site's pages are there too.

    Returns:
        The moment; `None` while there is none.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `getSite`.
    """
    site = access.site_to_read(actor, site_key)
    found = CaptchaRecord.objects.of_site(site).filter(accepted__gt=0)
    if not is_allowed_on(site, own_origin):
        found = found.exclude(origin=own_origin)
    return found.order_by("recorded_at", "pk").values_list("recorded_at", flat=True).first()
