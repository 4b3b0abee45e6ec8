"""Names: 1 to 255 characters that can be seen, in any script."""

import pytest

from apps.sites.models import Site
from tests.api.conftest import SITES

TAKEN = [
    ("a", "a"),
    ("x" * 255, "x" * 255),
    ("  My App \n", "My App"),
    (f"  {'x' * 255}  ", "x" * 255),
    ("Büro & Söhne", "Büro & Söhne"),
    ("日本語のサイト", "日本語のサイト"),
    ("متجر", "متجر"),
    ("👩‍👩‍👧 family", "👩‍👩‍👧 family"),
    ("😀" * 255, "😀" * 255),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("'; DROP TABLE sites_site; --", "'; DROP TABLE sites_site; --"),
    ("100% {{ 7*7 }} ${HOME} %s", "100% {{ 7*7 }} ${HOME} %s"),
    ("=SUM(A1)", "=SUM(A1)"),
    ("../../etc/passwd", "../../etc/passwd"),
    ("null", "null"),
]
REFUSED = {
    "empty": "",
    "white space": " \t\n ",
    "256 characters": "x" * 256,
    "256 emoji": "😀" * 256,
    "a hundred thousand characters": "x" * 100_000,
    "a line break": "My\nApp",
    "a tab": "My\tApp",
    "an escape": "My\x1b[31mApp",
    "a delete": "My\x7fApp",
    "a C1 control": "My\x85App",
    "a line separator": "My\u2028App",
    "a right-to-left override": "My\u202eppA",
    "a right-to-left mark": "My\u200fApp",
    "an isolate": "My\u2066App",
    "an Arabic letter mark": "My\u061cApp",
    "private use": "My\ue000App",
    "no character": "My\U000e0fffApp",
}


@pytest.mark.parametrize(("typed", "kept"), TAKEN)
def test_a_name_is_kept_as_typed_without_the_white_space_around_it(api, new_site, typed, kept):
    answer = api.post(SITES, new_site | {"name": typed})

    assert answer.status_code == 201, answer.text
    assert answer.json()["name"] == Site.objects.get().name == kept


@pytest.mark.parametrize("name", REFUSED.values(), ids=REFUSED)
def test_a_name_that_cannot_be_shown_is_refused_by_its_field(api, new_site, name):
    answer = api.post(SITES, new_site | {"name": name})

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("name ")
    assert len(answer.json()["error"]) < 200
    assert not Site.objects.exists()


@pytest.mark.parametrize("name", REFUSED.values(), ids=REFUSED)
def test_a_site_keeps_its_name_when_the_new_one_is_refused(api, shop, name):
    assert api.patch(f"{SITES}/{shop.site_key}", {"name": name}).status_code == 400

    shop.refresh_from_db()
    assert shop.name == "Shop"
