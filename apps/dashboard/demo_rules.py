"""The access rules of the demo: what the team made of the raids on its sites, and what the records suggest now."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from apps.audit import clock
from apps.permissions.actor import Actor
from apps.protection.proposing import propose_all
from apps.protection.rule_drafts import Wanted
from apps.protection.rule_imports import import_rules, read_lines
from apps.protection.rules import create_rule
from apps.sites.models import Site

Chapter = tuple[datetime, Callable[[], object]]
Who = Callable[[str], Actor]

SCRAPERS: Final = "Scrapers from a rented network"
RENTED_NETWORK: Final = "198.51.100.128/25"
_ANONYMISERS: Final = """
# exits of an anonymising service
192.0.2.128/28
192.0.2.160/28
192.0.2.224/27
2001:db8:a000::/36
203.0.113.250 ; seen twice in the forum
"""


def rule_chapters(started_at: datetime, sites: Mapping[str, Site], person: Who) -> Iterator[Chapter]:
    """What happens to the access rules, in the order of time.

    Args:
        started_at: when the story began.
        sites: by name; complete when the story comes to them.
        person: gives somebody's actor at the time.
    """

    def making(who: str, site: str, wanted: Wanted, days: float | None) -> Callable[[], object]:
        def happens() -> None:
            ends_at = clock.now() + timedelta(days=days) if days else None
            site_key = sites[site].site_key if site else ""
            create_rule(person(who), wanted=replace(wanted, expires_at=ends_at), site_key=site_key)

        return happens

    def importing() -> None:
        wanted = Wanted("restrict", [], "Anonymising services", "Anonymisers", captcha_type="pow")
        ends_at = clock.now() + timedelta(days=90)
        import_rules(person("grace"), lines=read_lines(_ANONYMISERS), wanted=replace(wanted, expires_at=ends_at))

    def after(days: float) -> datetime:
        return started_at + timedelta(days=days)

    scrapers = Wanted("block", [("ipMask", RENTED_NETWORK)], SCRAPERS)
    scripts = Wanted("restrict", [("userAgent", "python-requests/2.32.5")], "Scripts in the forum", pow_difficulty=7)
    testers = Wanted("block", [("ip", "198.51.100.77")], "Tried out stolen gift cards", "Gift card fraud")
    customer = Wanted("block", [("userId", "customer-512")], "Resells what it buys", "Gift card fraud")
    yield after(15.7), making("alice", "", scrapers, None)
    yield after(16.1), making("carol", "Community forum", scripts, 60)
    yield after(23.4), importing
    yield after(27.5), making("grace", "Gift cards", customer, None)
    yield after(28.4), making("grace", "Gift cards", testers, 1)


def suggest_rules(now: datetime) -> None:
    """Look at the records as the clock does every ten minutes, so that the first look finds something."""
    propose_all(now)
