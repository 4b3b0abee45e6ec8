"""Statistics: how often what happened, at the contract's two addresses."""

from collections import Counter
from datetime import date, timedelta
from typing import Final

from apps.api.contract import Call
from apps.api.eucaptcha import schemas
from apps.api.eucaptcha.contracts import BASE, sitekeys_api
from apps.api.eucaptcha.reach import NO_SUCH_SITEKEY, actors_of, missing_as, number, place_at
from apps.audit import clock
from apps.permissions.refusals import Invalid
from apps.sites import site_key as spelling
from apps.sites.models import Site
from apps.sites.traffic import Traffic, TrafficKind, count_traffic

ACTION_TYPES: Final = {
    "VFC": TrafficKind.ISSUED,
    "ASC": TrafficKind.SOLVED_AUTOMATICALLY,
    "VSC": TrafficKind.SOLVED_BY_VISITOR,
    "ACC": TrafficKind.ACCEPTED,
    "BLK": TrafficKind.BLOCKED,
}


def _rows(call: Call) -> list[schemas.Count]:
    query: schemas.StatisticsQuery = call.query
    first, last = _days(query)
    counted = _counted(call, query.sitekey, first, last)
    if not query.per_day:
        totals: Counter[TrafficKind] = Counter()
        for (_, kind), count in counted.items():
            totals[kind] += count
        return [schemas.Count(name, totals[kind]) for name, kind in ACTION_TYPES.items()]
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    return [schemas.Count(name, counted[day, kind], date_at=day) for day in days for name, kind in ACTION_TYPES.items()]


@sitekeys_api.endpoint(
    "GET",
    f"{BASE}/captcha-stats-user",
    summary="Get statistics",
    permission="getTraffic",
    query=schemas.StatisticsQuery,
    answer=list[schemas.Count],
    statuses=(400, 401, 403, 404, 422, 429),
)
def get_statistics(call: Call) -> list[schemas.Count]:
    """How often what happened at all your sites or at one, by day in UTC or in all. Nothing is counted yet."""
    return _rows(call)


@sitekeys_api.endpoint(
    "GET",
    "/captcha-stats-user",
    summary="Get statistics, at the host's root",
    permission="getTraffic",
    query=schemas.StatisticsQuery,
    answer=list[schemas.Count],
    statuses=(400, 401, 403, 404, 422, 429),
)
def get_statistics_at_root(call: Call) -> list[schemas.Count]:
    """The same, where the vendor's page has it too."""
    return _rows(call)


def _days(query: schemas.StatisticsQuery) -> tuple[date, date]:
    """The first and the last day."""
    ahead = timedelta(days=query.max_days - 1)
    if not query.start_date:
        today = clock.now().date()
        return today - ahead, today
    try:
        first = date.fromisoformat(query.start_date)
        return first, first + ahead
    except (ValueError, OverflowError):
        text = f"start_date is “{query.start_date[:20]}”; it is a day such as 2025-05-01."
        raise Invalid({"start_date": text}) from None


def _counted(call: Call, sitekey: str, first: date, last: date) -> Traffic:
    if sitekey:
        with missing_as(NO_SUCH_SITEKEY):
            key = spelling.read(sitekey)
            site = Site.objects.living().filter(key=key).first() if key else None
            place = place_at(call.caller, site.pk if site else number(sitekey))
            return count_traffic(place.actor, first=first, last=last, site_key=place.site_key)
    total: Traffic = Counter()
    for actor in actors_of(call.caller, "getTraffic"):
        total.update(count_traffic(actor, first=first, last=last))
    return total
