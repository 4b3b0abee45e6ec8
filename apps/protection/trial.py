"""Trying a site's captcha from the dashboard: a real challenge, really solved and verified, without the secret.

It counts in the site's traffic and stands in its records like any other, with the dashboard's own origin, which tells
it apart: it is what the site's visitors get, rules and all, and not a show. It is no sign that the site's own pages
work, so the first solution that the install page waits for is one from elsewhere.
"""

from apps.permissions.actor import Actor
from apps.permissions.operation import reading
from apps.protection.issuing import IssuedChallenge, issue_challenge
from apps.protection.verdicts import Verification
from apps.protection.verifying import verify_solution
from apps.protection.visitors import Visitor
from apps.sites import access


@reading("getSite")
def challenge_for_trial(actor: Actor, *, site_key: str, visitor: Visitor, own_origin: str) -> IssuedChallenge:
    """A challenge of a site, for somebody who may see it.

    Args:
        actor: who tries.
        site_key: in any contract's spelling.
        visitor: the same, as rules see them.
        own_origin: the dashboard's origin.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `getSite`.
        ChallengeRefused: as for every visitor, but for the origin.
    """
    site = access.site_to_read(actor, site_key)
    return issue_challenge(site, visitor, own_origin, own_origin=own_origin)


@reading("getSite")
def verify_trial(actor: Actor, *, site_key: str, solution: str, own_origin: str) -> Verification:
    """What a verification of the site's backend would find. It spends the solution, which is all that it changes.

    Args:
        actor: who tries.
        site_key: in any contract's spelling.
        solution: what the widget made.
        own_origin: the dashboard's origin.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `getSite`.
    """
    site = access.site_to_read(actor, site_key)
    return verify_solution(site, solution, own_origin=own_origin)
