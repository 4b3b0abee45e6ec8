"""JSON in: one strict reading, so that no two readers can disagree about what a body says (ASVS 1.5.3)."""

import json
import math
from typing import Any, Final, NoReturn

MAX_DEPTH: Final = 20
_LAST_EXACT: Final = 2**53  # beyond it, a float stands for several integers


class JsonRefused(ValueError):
    """The text is not JSON that is accepted here; `str` says why."""


def strict_loads(text: bytes) -> Any:
    """The value that `text` holds.

    Refused besides what RFC 8259 refuses: a key given twice, NaN and infinities, a NUL or a lone surrogate
    in a string, nesting deeper than 20, numbers of thousands of digits.

    Args:
        text: UTF-8, without a byte order mark.

    Raises:
        JsonRefused: saying what is wrong and, where it is known, where.
    """
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError:
        raise JsonRefused("The body is not UTF-8.") from None
    except RecursionError:
        raise JsonRefused(f"The body is nested deeper than {MAX_DEPTH} levels.") from None
    except json.JSONDecodeError as error:
        raise JsonRefused(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.") from None
    except JsonRefused:
        raise
    except ValueError:
        raise JsonRefused("The body holds a number that is too long.") from None
    _refuse_unstorable(value, depth=1)
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise JsonRefused(f"The body gives the key {_shown(key)} twice.")
        found[key] = value
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise JsonRefused(f"The body holds {name}, which is no JSON number.")


def _finite(digits: str) -> float | int:
    """The number; a whole one is an integer however it is written, as in JSON Schema: `263.0` is 263."""
    number = float(digits)
    if math.isinf(number):
        raise JsonRefused("The body holds a number that is too large.")
    return int(number) if number.is_integer() and abs(number) <= _LAST_EXACT else number


def _refuse_unstorable(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise JsonRefused(f"The body is nested deeper than {MAX_DEPTH} levels.")
    if isinstance(value, str):
        _refuse_unstorable_text(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _refuse_unstorable_text(key)
            _refuse_unstorable(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _refuse_unstorable(item, depth + 1)


def _refuse_unstorable_text(text: str) -> None:
    if "\0" in text:
        raise JsonRefused("The body holds a NUL character in a string.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise JsonRefused("The body holds half of a surrogate pair in a string.") from None


def _shown(key: str) -> str:
    return json.dumps(key[:40])
