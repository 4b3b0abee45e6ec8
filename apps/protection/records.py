"""Searching what became of single challenges.

Records name visitors: their addresses, browsers and the user ids of the sites' backends. So they need a permission of
their own (`searchCaptchaRecords`), which owners, admins, members and viewers have for the sites that they see. Who has
only a share in a site of another account reads its statistics, which name nobody; the visitors stay that account's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import models

from apps.api_keys.networks import network_around, read_address
from apps.permissions.actor import Actor
from apps.permissions.operation import reading
from apps.permissions.refusals import NotFound
from apps.protection.record_models import CaptchaRecord, CaptchaRecordQuerySet, IsFilled
from apps.sites import access

MOST_COUNTED: Final = 10_000  # so that a total costs no more than that
NO_SUCH_RECORD: Final = "There is no such record here. Records are kept for some weeks, then they go."


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records are wanted; what is empty does not narrow.

    Attributes:
        status: `accepted`, `refused` or `blocked`.
        outcome: what exactly was found (`Outcome`).
        address: a whole address; its network too, where only networks are kept; or a network as it is kept.
        user_agent: a part of it.
        user_id: what the site's backend calls the visitor.
        ja4: the fingerprint that a proxy passed on.
        country: ISO code.
        asn: number of the autonomous system.
        device: one of `Device`.
        rule: the handle of an access rule.
        rule_type: `block` or `restrict`.
        chosen_by: `rule` where an access rule decided over the challenge, `site` where the site's settings did.
        text: a part of user agent, origin, user id, reason or address, or a record's whole id.
        first: the first moment.
        end: the moment after the last.
    """

    status: str = ""
    outcome: str = ""
    address: str = ""
    user_agent: str = ""
    user_id: str = ""
    ja4: str = ""
    country: str = ""
    asn: int | None = None
    device: str = ""
    rule: str = ""
    rule_type: str = ""
    chosen_by: str = ""
    text: str = ""
    first: datetime | None = None
    end: datetime | None = None

    def narrow(self, records: CaptchaRecordQuerySet) -> CaptchaRecordQuerySet:
        """The records that fit."""
        exact = {
            "status": self.status,
            "outcome": self.outcome,
            "ja4": self.ja4,
            "country": self.country.upper(),
            "device": self.device,
            "rule_type": self.rule_type,
        }
        records = records.filter(**{name: value for name, value in exact.items() if value})
        if self.asn is not None:
            records = records.filter(asn=self.asn)
        for name, value in (("user_id", self.user_id), ("rule_handle", self.rule)):
            if value:
                records = records.filter(IsFilled(models.F(name)), **{name: value})
        if self.address:
            records = records.filter(_from(self.address))
        if self.user_agent:
            records = records.filter(user_agent__icontains=self.user_agent)
        if self.chosen_by:
            chosen = models.Q(rule_handle="")
            records = records.filter(chosen if self.chosen_by == "site" else ~chosen)
        if self.text:
            records = records.filter(_holding(self.text))
        return records.between(self.first, self.end)


@reading("searchCaptchaRecords")
def search_records(actor: Actor, *, wanted: RecordFilter, site_key: str = "") -> CaptchaRecordQuerySet:
    """The records that fit, newest first.

    Args:
        actor: who asks.
        wanted: which records.
        site_key: of one site, in any contract's spelling; by default of all that the actor may see.

    Raises:
        NotFound: when there is no such site for the actor.
        Forbidden: without `searchCaptchaRecords`.
    """
    records = CaptchaRecord.objects.visible_to(actor)
    if site_key:
        records = CaptchaRecord.objects.of_site(access.site_to_read(actor, site_key))
    return wanted.narrow(records).newest_first()


@reading("searchCaptchaRecords")
def get_record(actor: Actor, *, record_id: UUID) -> CaptchaRecord:
    """One record.

    Raises:
        NotFound: when there is none that the actor may know of.
        Forbidden: without `searchCaptchaRecords`.
    """
    record = CaptchaRecord.objects.visible_to(actor).select_related("site").filter(pk=record_id).first()
    if record is None:
        raise NotFound(NO_SUCH_RECORD)
    return record


def count_up_to(records: CaptchaRecordQuerySet, most: int = MOST_COUNTED) -> tuple[int, bool]:
    """How many records there are, counted up to a bound, and whether that is all of them."""
    count = records.order_by()[: most + 1].count()
    return min(count, most), count <= most


def _from(address: str) -> models.Q:
    """Where an address, or a network as records hold them, is the record's: whole, and where only networks are kept
    the one around it. One spelling is found by its index; two are asked for only where there may be two.
    """
    read = read_address(address)
    if read is None:
        return models.Q(address=address)
    whole = models.Q(address=str(read))
    return whole if settings.RECORD_IP == "full" else whole | models.Q(address=network_around(address))


def _holding(text: str) -> models.Q:
    found = models.Q(address__startswith=text)
    for name in ("user_agent", "origin", "user_id", "reason"):
        found |= models.Q(**{f"{name}__icontains": text})
    try:
        return found | models.Q(pk=UUID(text))
    except ValueError:
        return found
