"""The story of one challenge, step by step, in plain words."""

from dataclasses import dataclass
from datetime import datetime

from apps.protection.outcome_words import words_for
from apps.protection.record_models import CaptchaRecord, RecordStatus


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened.

    Attributes:
        title: in a few words.
        text: a sentence.
        at: when; `None` where that is not known.
        icon: a Lucide icon's name.
        tone: `ok`, `warn`, `bad` or none.
    """

    title: str
    text: str
    at: datetime | None
    icon: str
    tone: str = ""


def story_of(record: CaptchaRecord) -> list[Step]:
    """What happened, in the order of time."""
    if record.issued_at is None and record.status == RecordStatus.BLOCKED:
        return [_not_given(record)]
    steps = [_issued(record)] if record.issued_at else []
    if record.solutions:
        steps.append(_solved(record))
    return [*steps, *_answers(record)]


def _not_given(record: CaptchaRecord) -> Step:
    by = "an access rule blocks this visitor" if record.rule_handle else record.reason or "a limit was reached"
    text = f"The widget asked for a challenge{_on(record)} and got none: {by}."
    if record.refused > 1:
        text += f" The same visitor was refused {record.refused} times in that minute, which this one record tells."
    return Step("No challenge given", text, record.recorded_at, "ban", "bad")


def _issued(record: CaptchaRecord) -> Step:
    if record.level == 0:
        text = f"The site's protection was off, so it took no work{_on(record)}."
    elif record.rule_type == "restrict":
        text = f"Level {record.level}{_on(record)}. An access rule asked for more work than the site's settings do."
    else:
        text = f"Level {record.level}{_on(record)}, by the site's settings and its recent traffic."
    return Step("Challenge issued", text, record.issued_at, "gauge")


def _solved(record: CaptchaRecord) -> Step:
    took = f"The widget says that it took {record.solve_ms / 1000:.1f} seconds." if record.solve_ms is not None else ""
    return Step("Solved in the browser", took or "The widget did not say how long it took.", None, "check")


def _answers(record: CaptchaRecord) -> list[Step]:
    words = words_for(record.outcome)
    if record.status == RecordStatus.BLOCKED:
        return [Step("Blocked at the verification", words.meaning, record.answered_at, "ban", "bad")]
    if record.status == RecordStatus.REFUSED:
        times = f" That happened {record.refused} times; this is the last reason." if record.refused > 1 else ""
        return [
            Step(f"Refused: {words.label.lower()}", words.meaning + times, record.answered_at, "circle-alert", "warn")
        ]
    often = f" It was verified {record.accepted} times, as the site allows." if record.accepted > 1 else ""
    steps = [Step(words.label, words.meaning + often, record.recorded_at, "circle-check", "ok")]
    if record.refused:
        what = "Once more" if record.refused == 1 else f"{record.refused} more times"
        text = f"{what} the solution was handed in and refused: too early, or after it was used up."
        steps.append(Step("Handed in again", text, record.answered_at, "rotate-cw"))
    return steps


def _on(record: CaptchaRecord) -> str:
    return f" on {record.origin}" if record.origin else ""
