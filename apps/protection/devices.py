"""What sort of device a user agent says that it is: a few words of it, no fingerprint."""

import re
from functools import lru_cache
from typing import Final

from apps.protection.record_models import Device

_BOT: Final = re.compile(
    r"bot\b|crawl|spider|curl/|wget|python|java/|go-http|okhttp|headless|phantomjs|scrapy|httpx", re.I
)
_TABLET: Final = re.compile(r"ipad|tablet|kindle|silk/|playbook|android(?!.*mobile)", re.I)
_PHONE: Final = re.compile(r"iphone|ipod|mobile|windows phone|blackberry", re.I)
_DESKTOP: Final = re.compile(r"windows nt|macintosh|x11|cros |linux", re.I)


@lru_cache(maxsize=2048)
def device_of(user_agent: str) -> Device:
    """The sort of device; what names none is unknown."""
    for pattern, device in (
        (_BOT, Device.BOT),
        (_TABLET, Device.TABLET),
        (_PHONE, Device.PHONE),
        (_DESKTOP, Device.DESKTOP),
    ):
        if pattern.search(user_agent):
            return device
    return Device.UNKNOWN
