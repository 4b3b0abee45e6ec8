"""Statistics: how often what happened, at the contract's two addresses."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from apps.api.contract import Call
from apps.api.eucaptcha import schemas
from apps.api.eucaptcha.contracts import BASE, sitekeys_api
from apps.api.eucaptcha.reach import NO_SUCH_SITEKEY, actors_of, missing_as, number, place_at
from apps.audit import clock
from apps.permissions.actor import Actor
from apps.permissions.refusals import Invalid
from apps.protection.spans import Grain
from apps.protection.traffic import Counted, count_traffic
from apps.sites import site_key as spelling
from apps.sites.models import Site

ACTION_TYPES: Final[Mapping[str, Callable[[Counted], int]]] = {
    "VFC": lambda counted: counted.issued,
    "ASC": lambda counted: counted.solved,
    "VSC": lambda counted: 0,  # proof of work is solved by the browser; there is nothing that a visitor could solve
    "ACC": lambda counted: counted.accepted,
    "BLK": lambda counted: counted.blocked,
}
_NEARLY_A_DAY: Final = timedelta(hours=23)  # the last day there is has no end


def _rows(call: Call) -> list[schemas.Count]:
    query: schemas.StatisticsQuery = call.query
    first, last = _days(query)
    counted = _counted(call, query.sitekey, first, last)
    if not query.per_day:
        total = sum(counted.values(), start=Counted())
        return [schemas.Count(name, count_of(total)) for name, count_of in ACTION_TYPES.items()]
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    return [
        schemas.Count(name, count_of(counted.get(day, Counted())), date_at=day)
        for day in days
        for name, count_of in ACTION_TYPES.items()
    ]


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
    """How often what happened at all your sites or at one, by day in UTC or in all."""
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


def _counted(call: Call, sitekey: str, first: date, last: date) -> dict[date, Counted]:
    if sitekey:
        with missing_as(NO_SUCH_SITEKEY):
            key = spelling.read(sitekey)
            site = Site.objects.living().filter(key=key).first() if key else None
            place = place_at(call.caller, site.pk if site else number(sitekey))
            return _by_day(place.actor, first, last, [place.site_key])
    total: dict[date, Counted] = defaultdict(Counted)
    for actor in actors_of(call.caller, "getTraffic"):
        for day, counted in _by_day(actor, first, last, []).items():
            total[day] += counted
    return total


def _by_day(actor: Actor, first: date, last: date, site_keys: list[str]) -> dict[date, Counted]:
    begin, end = (datetime.combine(day, time.min, tzinfo=UTC) for day in (first, last))
    pieces = count_traffic(actor, first=begin, end=end + _NEARLY_A_DAY, grain=Grain.DAY, site_keys=site_keys)
    return {piece.begins_at.date(): piece.counted for piece in pieces}
