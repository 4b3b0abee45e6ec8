"""What a browser calls itself, in words: "Firefox on Linux".

A user agent says what it likes, and most name several browsers to be let in everywhere. So only those are named here
that can be told apart for certain; of any other, the text itself is the only honest answer.
"""

import re
from functools import lru_cache
from typing import Final

# Each of these names those below it, too, so the first that is found is the one.
_BROWSERS: Final = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        # Programs of their own, which have no name here.
        (r"; wv\)|\bFB[A-Z]+/|\bInstagram |\bElectron/|\bbot\b|[Bb]ot/|[Ss]pider|[Cc]rawl", ""),
        (r"\bEdg(?:e|A|iOS)?/", "Edge"),
        (r"\bOPR/|\bOPiOS/|\bOPT/|^Opera/", "Opera"),
        (r"\bVivaldi/", "Vivaldi"),
        (r"\bYaBrowser/", "Yandex Browser"),
        (r"\bSamsungBrowser/", "Samsung Internet"),
        (r"\bDuckDuckGo/|\bDdg/", "DuckDuckGo"),
        (r"\bSeaMonkey/", "SeaMonkey"),
        (r"\bFirefox/|\bFxiOS/", "Firefox"),
        (r"\bHeadlessChrome/", "Headless Chrome"),
        (r"\bChromium/", "Chromium"),
        (r"\bChrome/|\bCriOS/", "Chrome"),
        (r"\bVersion/[\d.]+ (?:Mobile/\w+ )?Safari/", "Safari"),
    )
)
_SYSTEMS: Final = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"\bWindows NT\b", "Windows"),
        (r"\bCrOS\b", "ChromeOS"),
        (r"\bAndroid\b", "Android"),
        (r"\biPad\b", "iPad"),
        (r"\biPhone\b|\biPod\b", "iPhone"),
        (r"\bMacintosh\b", "macOS"),
        (r"\bFreeBSD\b|\bOpenBSD\b", "BSD"),
        (r"\bLinux\b", "Linux"),
    )
)


@lru_cache(maxsize=512)
def browser_in_words(user_agent: str) -> str:
    """Browser and system as somebody would name them; the text itself where it names none that is known."""
    browser = _first(_BROWSERS, user_agent)
    if not browser:
        return user_agent.strip()
    system = _first(_SYSTEMS, user_agent)
    return f"{browser} on {system}" if system else browser


def _first(named: tuple[tuple[re.Pattern[str], str], ...], user_agent: str) -> str:
    return next((name for pattern, name in named if pattern.search(user_agent)), "")
