"""Records: what became of single challenges."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q
from msgspec import UNSET, UnsetType

from apps.api.contract import Call
from apps.api.prosopo import traffic_schemas as schemas
from apps.api.prosopo.contracts import reads
from apps.audit import clock
from apps.permissions.refusals import Invalid
from apps.protection.outcomes import Outcome
from apps.protection.record_models import CaptchaRecord, CaptchaRecordQuerySet, Device, RecordStatus
from apps.protection.records import RecordFilter, count_up_to, search_records

BY_DEFAULT: Final = timedelta(days=7)
LONGEST: Final = timedelta(days=30)
NOT_KNOWN: Final = {
    "vpn": "vpn",
    "web_view": "webView",
    "i_frame": "iFrame",
    "triggered_detectors": "triggeredDetectors",
}
"""Criteria of the contract that nothing here could answer: nobody is fingerprinted."""
_STATUSES: Final = {
    "approved": RecordStatus.ACCEPTED,
    "disapproved": RecordStatus.REFUSED,
    "blocked": RecordStatus.BLOCKED,
}
_WORDS: Final = {status: word for word, status in _STATUSES.items()}
_CHOSEN_BY: Final = {"accessrule": "rule", "sitesettings": "site"}
_DEVICES: Final = {device.value: device.value for device in Device} | {"mobile": Device.PHONE.value}
_POLICIES: Final = {"block": "block", "restrict": "restrict"}
_OUTCOMES: Final = {outcome.value: outcome.value for outcome in Outcome}


@reads(
    "/audit/searchcaptcharecords",
    summary="Search captcha records",
    permission="searchCaptchaRecords",
    asks=schemas.RecordsQuestion,
    answer=schemas.Records,
)
def search_captcha_records(call: Call) -> schemas.Records:
    """What became of challenges, newest first. `lastId` and `lastTimestamp` of an answer lead to the next page."""
    question: schemas.RecordsQuestion = call.body
    site_key = "" if isinstance(question.site_key, UnsetType) else question.site_key
    records = search_records(call.actor, wanted=_filter(question), site_key=site_key).select_related("site")
    if question.captcha_type.lower() != "pow":
        records = records.none()
    total, is_exact = count_up_to(records)
    limit = question.pagination.limit
    rows = list(_after(records, question.pagination)[: limit + 1])
    page = rows[:limit]
    return schemas.Records(
        records=[_record(row) for row in page],
        total=total,
        total_is_exact=is_exact,
        limit=limit,
        has_more=len(rows) > limit,
        last_id=page[-1].pk.hex if page else None,
        last_timestamp=_milliseconds(page[-1].recorded_at) if page else None,
        ignored_criteria=[
            name for field, name in NOT_KNOWN.items() if getattr(question.search_criteria, field) is not UNSET
        ],
    )


def _filter(question: schemas.RecordsQuestion) -> RecordFilter:
    first, end = _span(question)
    wanted = question.search_criteria
    return RecordFilter(
        status=_word(wanted.status, _STATUSES, "status"),
        outcome=_word(wanted.result_reason, _OUTCOMES, "resultReason"),
        address=wanted.ip.strip(),
        user_agent=wanted.user_agent,
        user_id=wanted.user_account,
        ja4=wanted.ja4,
        country=wanted.country_code.strip(),
        device=_word(wanted.device_type, _DEVICES, "deviceType"),
        rule=wanted.access_rule,
        rule_type=_word(wanted.policy_type, _POLICIES, "policyType"),
        chosen_by=_word(wanted.selection_reason, _CHOSEN_BY, "selectionReason"),
        text=wanted.free_text.strip(),
        first=first,
        end=end,
    )


def _word(given: str, words: Mapping[str, str], field: str) -> str:
    """The word of ours for one of the contract's; however it is written."""
    if not given.strip():
        return ""
    found = words.get(given.strip().lower().replace("_", " "))
    if found is None:
        known = ", ".join(f"“{word}”" for word in words)
        raise Invalid({f"searchCriteria.{field}": f"{field} is “{given[:30]}”; it is one of {known}."})
    return str(found)


def _span(question: schemas.RecordsQuestion) -> tuple[datetime, datetime]:
    end, first = question.end_date, question.start_date
    last = clock.now() if isinstance(end, UnsetType) else _moment(end)
    begin = last - BY_DEFAULT if isinstance(first, UnsetType) else _moment(first)
    if begin > last:
        raise Invalid({"startDate": "startDate lies behind endDate. Give the earlier one first."})
    if last - begin > LONGEST:
        raise Invalid({"startDate": f"From startDate to endDate are at most {LONGEST.days} days."})
    return begin, last + timedelta(milliseconds=1)


def _after(records: CaptchaRecordQuerySet, page: schemas.Pagination) -> CaptchaRecordQuerySet:
    """What comes after the last record of the page before."""
    if page.last_id is None and page.last_timestamp is None:
        return records
    if page.last_id is None or page.last_timestamp is None:
        raise Invalid({"pagination.lastId": "lastId and lastTimestamp belong together; an answer tells both."})
    try:
        last_id = UUID(page.last_id)
    except ValueError:
        raise Invalid({"pagination.lastId": f"lastId is “{page.last_id[:40]}”, which is no record's id."}) from None
    at = _moment(page.last_timestamp)
    return records.filter(recorded_at__lte=at).filter(Q(recorded_at__lt=at) | Q(pk__lt=last_id))


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC) + timedelta(milliseconds=milliseconds % 1000)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _record(row: CaptchaRecord) -> schemas.Record:
    return schemas.Record(
        id=row.pk.hex,
        site_key=row.site.site_key,
        timestamp=_milliseconds(row.recorded_at),
        issued_at=_milliseconds(row.issued_at) if row.issued_at else None,
        answered_at=_milliseconds(row.answered_at) if row.answered_at else None,
        status=_WORDS[RecordStatus(row.status)],
        result_reason=row.outcome,
        selection_reason="accessRule" if row.rule_handle else "siteSettings",
        blocked_because=row.reason,
        verifications=row.accepted,
        refusals=row.refused,
        solve_ms=row.solve_ms,
        level=row.level,
        ip=row.address,
        user_agent=row.user_agent,
        device_type=row.device,
        country_code=row.country,
        asn=row.asn,
        ja4=row.ja4,
        user_account=row.user_id,
        origin=row.origin,
        policy_type=row.rule_type,
        access_rule=row.rule or ({"userScopeHash": row.rule_handle} if row.rule_handle else None),
    )
