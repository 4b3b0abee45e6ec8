"""A property's settings as this contract takes them: what is out of range is moved to the nearest that is not."""

from typing import TypeVar

from msgspec import UnsetType

from apps.api.privatecaptcha.schemas import PropertySettings
from apps.sites.difficulty import LEVELS
from apps.sites.models import REPLAY_COUNTS, VALIDITIES, Growth
from apps.sites.settings import Settings

V = TypeVar("V")


def clamped(given: PropertySettings) -> Settings:
    """The settings that are given, each within its bounds; what is left out, or null, is left out."""
    found: Settings = {}
    if (level := _given(given.level)) is not None:
        found["level"] = _within(level, LEVELS)
    if (growth := _given(given.growth)) is not None:
        found["growth"] = growth if growth in Growth.values else Growth.MEDIUM.value
    if (seconds := _given(given.validity_seconds)) is not None:
        found["validity_seconds"] = min(VALIDITIES, key=lambda allowed: (abs(allowed - seconds), allowed))
    if (subdomains := _given(given.allow_subdomains)) is not None:
        found["allow_subdomains"] = subdomains
    if (localhost := _given(given.allow_localhost)) is not None:
        found["allow_localhost"] = localhost
    if (count := _given(given.max_replay_count)) is not None:
        found["max_replay_count"] = _within(count, REPLAY_COUNTS)
    return found


def _given(value: V | UnsetType | None) -> V | None:
    return None if isinstance(value, UnsetType) else value


def _within(number: int, allowed: range) -> int:
    return max(allowed[0], min(number, allowed[-1]))
