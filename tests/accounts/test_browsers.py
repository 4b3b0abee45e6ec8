"""User agents in words; what cannot be told for certain is left as it is."""

import pytest
from django.conf import settings
from django.test import Client

from apps.accounts.browsers import browser_in_words
from tests.dashboard.reading import read
from tests.people import Person

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
FIREFOX = f"{LINUX[:-1]}; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        (f"{IPHONE} FxiOS/140.0 Mobile/15E148 Safari/605.1.15", "Firefox on iPhone"),
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36", "Chrome on Windows"),
        (f"{ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome on Android"),
        (f"{IPHONE} CriOS/140.0.0.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/140.0.0.0 Safari/537.36", "Chrome on ChromeOS"),
        (f"{LINUX} AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
         "Headless Chrome on Linux"),
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows"),
        (f"{ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36 EdgA/140.0.0.0", "Edge on Android"),
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 OPR/124.0.0.0", "Opera on Windows"),
        (f"{WINDOWS} Chrome/140.0.0.0 Safari/537.36 Vivaldi/7.5", "Vivaldi on Windows"),
        (f"{ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet on Android"),
        (f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15", "Safari on macOS"),
        (f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Fuchsia) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome"),
    ],
)  # fmt: skip
def test_the_big_browsers_are_named_with_their_system(user_agent: str, words: str) -> None:
    assert browser_in_words(user_agent) == words


@pytest.mark.parametrize(
    "user_agent",
    [
        "curl/8.5.0",
        "python-requests/2.32.3",
        "Mozilla/5.0",
        "Chromey on Windows NT",
        "Mozilla/5.0 (Linux; Android 10; K; wv) AppleWebKit/537.36 Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html) Chrome/140.0.0.0 Safari/537.36",
        "",
    ],
)
def test_what_names_no_known_browser_stays_as_it_is(user_agent: str) -> None:
    assert browser_in_words(user_agent) == user_agent


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/security", "/accounts/sessions/"])
def test_the_list_of_sessions_names_browsers_and_keeps_what_they_said(alice: Person, path: str) -> None:
    strange = '<script>alert("x")</script>/1.0'
    for user_agent in (FIREFOX, strange):
        client = Client(headers={"User-Agent": user_agent})
        client.force_login(alice.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        page = client.get(path)
    text = page.content.decode()
    assert "Firefox on Linux" in read(page).text
    assert f'<code class="break">{FIREFOX}</code>' in text
    assert "&lt;script&gt;alert" in text
    assert strange not in text
    assert text.count("What it calls itself") == 1, "A text that is shown as it is needs no second showing."
