"""Finding rules in the records: groups of visitors that fail far more often than a site's others.

Looked at are the last 24 hours of each site, without what a rule has decided already: by address, by network (/24 of
IPv4, /64 of IPv6), by autonomous system, country and user agent. A group is suggested when it is large enough, when
most of its attempts did not pass, and when that is several times the share of the site's other visitors.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from apps.api_keys.networks import read_address
from apps.protection.conditions import Field, clean_user_agent, handle_of
from apps.protection.record_models import CaptchaRecord, CaptchaRecordQuerySet, RecordStatus, visits
from apps.protection.rule_models import Rule, RuleType
from apps.protection.suggestion_models import Suggestion, SuggestionStatus
from apps.sites.models import Site

WINDOW: Final = timedelta(hours=24)
MOST_OF_A_FIELD: Final = 50  # suggestions for one site
FEWEST_ADDRESSES: Final = 3  # of a group that is not one address: else the address is what to suggest
VOLUMES: Final = {Field.IP: 1, Field.IP_MASK: 2, Field.USER_AGENT: 3, Field.ASN: 5, Field.COUNTRY: 10}
"""How many times `SUGGESTION_ATTEMPTS` a group needs: the more innocent visitors a rule may meet, the more."""
BROAD: Final = frozenset({Field.USER_AGENT, Field.ASN, Field.COUNTRY})
"""Groups that are only restricted, and only where a site has others to compare with."""
_PREFIXES: Final = {4: 24, 6: 64}


@dataclass(slots=True)
class Tally:
    """What a group of visitors did.

    Attributes:
        attempts: visits.
        failures: those that did not pass.
        addresses: how many there are; 0 where only networks are kept.
    """

    attempts: int = 0
    failures: int = 0
    addresses: int = 0

    def add(self, other: "Tally") -> None:
        """Count another group in."""
        self.attempts += other.attempts
        self.failures += other.failures
        self.addresses += other.addresses


Groups = dict[tuple[Field, str], Tally]


def propose_all(moment: datetime) -> int:
    """Look at every site that had records in the 24 hours before `moment`.

    Returns:
        How many suggestions are open or were decided, that the records speak for.
    """
    recent = CaptchaRecord.objects.between(moment - WINDOW, None).order_by().values_list("site_id", flat=True)
    had_some = Suggestion.objects.with_status(SuggestionStatus.OPEN).values_list("site_id", flat=True)
    sites = Site.objects.living().filter(Q(pk__in=recent.distinct()) | Q(pk__in=had_some.distinct()))
    return sum(propose(site, moment) for site in sites.order_by("pk").iterator())


def propose(site: Site, moment: datetime) -> int:
    """Find the suggestions for one site and keep them; one that the records no longer speak for goes while it is open.

    Returns:
        How many the records speak for.
    """
    records = CaptchaRecord.objects.of_site(site).between(moment - WINDOW, None).filter(rule_handle="")
    groups = _groups(records)
    total = next((tally for _, tally in _tallies(records, "site_id")), Tally())
    found = {key: tally for key, tally in groups.items() if _is_worth_it(key[0], tally, total)}
    found = _worst(_without_rules(site, found, moment))
    with transaction.atomic():
        _keep(site, found, total, moment)
    return len(found)


def _groups(records: CaptchaRecordQuerySet) -> Groups:
    groups: Groups = {}
    for address, tally in _tallies(records, "address"):
        for field, value in _places_of(address):
            groups.setdefault((field, value), Tally()).add(tally)
    for field, column in ((Field.ASN, "asn"), (Field.COUNTRY, "country"), (Field.USER_AGENT, "user_agent")):
        for value, tally in _tallies(records.exclude(**{column: 0 if field is Field.ASN else ""}), column):
            text = clean_user_agent(str(value)).strip()
            if text:
                groups.setdefault((field, text), Tally()).add(tally)
    return groups


def _tallies(records: CaptchaRecordQuerySet, column: str) -> Iterator[tuple[Any, Tally]]:
    """Attempts, failures and addresses by a column's value, counted by the database."""
    failed = visits(only=~Q(status=RecordStatus.ACCEPTED))
    whole = Count("address", distinct=True, filter=~Q(address="") & ~Q(address__contains="/"))
    rows = records.order_by().values_list(column).annotate(attempted=visits(), failed=failed, whole=whole)
    for value, attempts, failures, addresses in rows.iterator(chunk_size=2000):
        yield value, Tally(attempts, failures, addresses)


def _places_of(address: str) -> Iterator[tuple[Field, str]]:
    """The address and the network around it; of what was kept as a network, that alone."""
    if "/" in address:
        yield Field.IP_MASK, address
        return
    read = read_address(address)
    if read is not None:
        yield Field.IP, str(read)
        yield Field.IP_MASK, str(ip_network(f"{read}/{_PREFIXES[read.version]}", strict=False))


def _is_worth_it(field: Field, tally: Tally, total: Tally) -> bool:
    rest = Tally(total.attempts - tally.attempts, total.failures - tally.failures)
    fewest: int = settings.SUGGESTION_ATTEMPTS
    if tally.attempts < fewest * VOLUMES[field] or 0 < tally.addresses < (FEWEST_ADDRESSES if field != Field.IP else 1):
        return False
    if field in BROAD and rest.attempts < fewest:
        return False
    rate, usual = tally.failures / tally.attempts, rest.failures / max(rest.attempts, 1)
    return rate * 100 >= settings.SUGGESTION_FAILURE_PERCENT and rate >= settings.SUGGESTION_TIMES_THE_REST * usual


def _without_rules(site: Site, found: Groups, moment: datetime) -> Groups:
    """Those for which no rule acts yet that says the same, for the site or for the whole account."""
    handles = {
        handle_of({field: value}, place): (field, value) for field, value in found for place in (site.site_key, "")
    }
    acting = Rule.objects.acting(moment).filter(account_id=site.account_id, handle__in=list(handles))
    known = {handles[handle] for handle in acting.values_list("handle", flat=True)}
    return {key: tally for key, tally in found.items() if key not in known}


def _worst(found: Groups) -> Groups:
    """The largest of each field, by failures."""
    ordered = sorted(found.items(), key=lambda one: -one[1].failures)
    kept: Groups = {}
    counts = dict.fromkeys(Field, 0)
    for (field, value), tally in ordered:
        counts[field] += 1
        if counts[field] <= MOST_OF_A_FIELD:
            kept[field, value] = tally
    return kept


def _keep(site: Site, found: Groups, total: Tally, moment: datetime) -> None:
    """Store what was found. What was dismissed stays so; what was applied opens again when its rule is over."""
    known = {(Field(one.field), one.value): one for one in Suggestion.objects.filter(site=site)}
    gone = [one.pk for key, one in known.items() if key not in found and one.status == SuggestionStatus.OPEN]
    Suggestion.objects.filter(pk__in=gone, status=SuggestionStatus.OPEN).delete()
    new: list[Suggestion] = []
    for (field, value), tally in found.items():
        evidence = _evidence(tally, total, moment)
        one = known.get((field, value))
        if one is None:
            kind = RuleType.RESTRICT if field in BROAD else RuleType.BLOCK
            place = {"account_id": site.account_id, "site": site, "created_at": moment}
            new.append(Suggestion(field=field, value=value, type=kind, **place, **evidence))
            continue
        same = Suggestion.objects.filter(pk=one.pk)
        same.update(**evidence)
        same.filter(status=SuggestionStatus.APPLIED).update(status=SuggestionStatus.OPEN, handle="", decided_at=None)
    Suggestion.objects.bulk_create(new, ignore_conflicts=True)


def _evidence(tally: Tally, total: Tally, moment: datetime) -> dict[str, Any]:
    return {
        "attempts": tally.attempts,
        "failures": tally.failures,
        "addresses": tally.addresses,
        "rest_attempts": total.attempts - tally.attempts,
        "rest_failures": total.failures - tally.failures,
        "seen_at": moment,
    }
