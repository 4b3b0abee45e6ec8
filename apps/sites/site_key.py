"""How a site key is spelled: one UUID a site, in the spelling of each contract.

`sk_live_` + 22 characters of base 62 here and in NeoCaptcha's contract, `pk_` + the same 22 in EU
Captcha's, 32 hexadecimal digits in Private Captcha's. Every spelling is read everywhere.
"""

import re
from typing import Final
from uuid import UUID

from apps.credentials import base62

PREFIX: Final = "sk_live_"
EU_CAPTCHA_PREFIX: Final = "pk_"
WIDTH: Final = 22  # 62**22 > 2**128; under 24, so that scanners for payment keys stay quiet
_BASE62: Final = re.compile(rf"(?:{PREFIX}|{EU_CAPTCHA_PREFIX})([0-9A-Za-z]{{{WIDTH}}})")
_HEX: Final = re.compile(r"[0-9a-fA-F]{32}")
_DASHED: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def spell(key: UUID, prefix: str = PREFIX) -> str:
    """The key as `sk_live_…`, or with the prefix of another contract."""
    return f"{prefix}{base62.encode(key.int, WIDTH)}"


def read(text: str) -> UUID | None:
    """The site key that `text` spells in any contract's spelling, or `None`."""
    if match := _BASE62.fullmatch(text):
        number = base62.decode(match[1])
        return UUID(int=number) if number < 1 << 128 else None
    if _HEX.fullmatch(text) or _DASHED.fullmatch(text):
        return UUID(text)
    return None
