"""Traffic: how many challenges there were, and what happens now."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from msgspec import UnsetType

from apps.api.contract import Call
from apps.api.prosopo import traffic_schemas as schemas
from apps.api.prosopo.contracts import reads
from apps.audit import clock
from apps.permissions.refusals import Invalid
from apps.protection.spans import Grain
from apps.protection.traffic import Counted, Piece, count_traffic, live_sessions
from apps.protection.traffic_models import HOURS_ARE_KEPT_FOR

BY_DEFAULT: Final = timedelta(days=7)
BY_HOUR_UP_TO: Final = timedelta(days=7)
LONGEST: Final = timedelta(days=731)
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


@reads(
    "/gettrafficdata",
    summary="Get traffic by hour or day",
    permission="getTraffic",
    asks=schemas.TrafficQuestion,
    answer=list[schemas.TrafficRow],
)
def get_traffic_data(call: Call) -> list[schemas.TrafficRow]:
    """A row for each hour, of more than 7 days for each day, in UTC; rows without traffic are there too."""
    question: schemas.TrafficQuestion = call.body
    first, end = _span(question)
    is_recent = first >= clock.now() - HOURS_ARE_KEPT_FOR
    grain = Grain.HOUR if end - first <= BY_HOUR_UP_TO and is_recent else Grain.DAY
    site_keys = [] if isinstance(question.site_keys, UnsetType) else question.site_keys
    pieces = count_traffic(call.actor, first=first, end=end, grain=grain, site_keys=site_keys)
    return [_row(piece, grain) for piece in pieces]


@reads(
    "/getlivesessions",
    summary="Get what happens now at a site",
    permission="getTraffic",
    asks=schemas.LiveQuestion,
    answer=schemas.LiveAnswer,
)
def get_live_sessions(call: Call) -> schemas.LiveAnswer:
    """The challenges of the last minutes that were answered or blocked, by time, with where most came from."""
    question: schemas.LiveQuestion = call.body
    found = live_sessions(
        call.actor,
        site_key=question.site_key,
        now=clock.now(),
        window=timedelta(minutes=question.window_minutes),
        bucket=timedelta(seconds=question.bucket_seconds),
    )
    points = [
        schemas.Point(
            timestamp=round(point.begins_at.timestamp() * 1000),
            sessions=point.total,
            approved=point.accepted,
            disapproved=point.refused,
            blocked=point.blocked,
        )
        for point in found.points
    ]
    return schemas.LiveAnswer(
        points=points,
        window_minutes=question.window_minutes,
        bucket_seconds=question.bucket_seconds,
        unique_ips=found.unique_addresses,
        top_ips=[schemas.TopIp(ip=address, count=count) for address, count in found.top_addresses],
    )


def _row(piece: Piece, grain: Grain) -> schemas.TrafficRow:
    at = piece.begins_at
    place = schemas.Place(at.year, at.month, at.day)
    if grain is Grain.HOUR:
        place.h = at.hour
    return schemas.TrafficRow(place=place, pow=_counts(piece.counted))


def _counts(counted: Counted) -> schemas.Counts:
    return schemas.Counts(
        issued=counted.issued,
        user_submitted=counted.solved,
        server_checked=counted.answered,
        approved=counted.accepted,
        disapproved=counted.rejected,
        blocked=counted.blocked,
    )


def _span(question: schemas.TrafficQuestion) -> tuple[datetime, datetime]:
    """The first moment, and the moment after the last.

    Raises:
        Invalid: for dates and a month at once, dates that cannot be read, or in the wrong order, or too far apart.
    """
    month, year, start, stop = question.month, question.year, question.start_date, question.end_date
    if not isinstance(month, UnsetType) or not isinstance(year, UnsetType):
        if isinstance(month, UnsetType) or isinstance(year, UnsetType):
            raise Invalid({"month": "month and year belong together: {“month”: 11, “year”: 2026}."})
        if not isinstance(start, UnsetType) or not isinstance(stop, UnsetType):
            raise Invalid({"month": "Give month and year, or startDate and endDate, not both."})
        after = (year + 1, 1) if month == 12 else (year, month + 1)
        return datetime(year, month, 1, tzinfo=UTC), datetime(*after, 1, tzinfo=UTC)
    end = clock.now() if isinstance(stop, UnsetType) else _moment(stop, "endDate", is_end=True)
    first = end - BY_DEFAULT if isinstance(start, UnsetType) else _moment(start, "startDate")
    if first >= end:
        raise Invalid({"startDate": "startDate lies behind endDate. Give the earlier one first."})
    if end - first > LONGEST:
        raise Invalid({"startDate": f"From startDate to endDate are at most {LONGEST.days} days."})
    return first, end


def _moment(given: int | str, field: str, *, is_end: bool = False) -> datetime:
    """The moment that somebody gave; of a day its beginning, or its end."""
    text = str(given)
    try:
        if text.isascii() and text.isdecimal():
            moment = datetime.fromtimestamp(int(text) / 1000, UTC)
        elif len(text) == len("2026-11-21"):
            begin = datetime.combine(date.fromisoformat(text), time.min, tzinfo=UTC)
            moment = begin + timedelta(days=1) if is_end else begin
        else:
            read = datetime.fromisoformat(text)
            moment = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        moment = _LATEST
    if not _EARLIEST <= moment < _LATEST:
        text = f"{field} is “{text[:30]}”; it is a day such as 2026-11-21, a time, or milliseconds since 1970."
        raise Invalid({field: text})
    return moment
