"""`/widget.js`: one small file, for any origin, that asks for nothing of the visitor."""

import gzip
import re
from pathlib import Path

from django.conf import settings

from apps.protection.widget import OUR_ELEMENT, THEIR_ELEMENT, bundle

MOST_BYTES = 40_000
SOURCES = Path(settings.BASE_DIR) / "static" / "widget"


def test_all_that_a_visitor_loads_is_under_40_kb(client):
    response = client.get("/widget.js", headers={"Accept-Encoding": "gzip, deflate, br"})
    assert len(response.content) < MOST_BYTES
    assert gzip.decompress(response.content) == bundle().plain
    others = re.findall(rb"""(?:import|importScripts|new Worker|@import|url)\(""", response.content)
    assert others == []


def test_any_origin_may_load_it_and_keep_it_for_an_hour(client):
    response = client.get("/widget.js")
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Cache-Control"] == "public, max-age=3600, stale-while-revalidate=86400"
    assert response["Vary"] == "Accept-Encoding"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies


def test_an_unchanged_file_is_not_sent_again(client):
    plain, zipped = client.get("/widget.js"), client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert plain["ETag"] != zipped["ETag"]
    again = client.get("/widget.js", headers={"If-None-Match": plain["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", plain["ETag"])
    assert again["Access-Control-Allow-Origin"] == "*"
    assert client.get("/widget.js", headers={"If-None-Match": '"older"'}).status_code == 200


def test_it_answers_head_and_asks_no_database(client):
    """No test here may reach the database, so a query would fail it."""
    assert client.head("/widget.js").content == b""


def test_the_component_has_a_name_and_a_registry_of_its_own():
    text = bundle().plain.decode()
    assert THEIR_ELEMENT not in text
    assert f'customElements.define("{OUR_ELEMENT}"' in text
    assert "window.$altcha" not in text
    assert 'COMPONENT = "gatehouse-captcha"' in text


def test_its_licence_goes_with_it():
    assert b"Permission is hereby granted, free of charge" in bundle().plain


def test_nothing_is_kept_in_the_visitors_browser():
    ours = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.js"))
    assert not re.findall(r"document\.cookie|localStorage|sessionStorage|indexedDB|sendBeacon|canvas|userAgent", ours)
    assert "humanInteractionSignature: false" in ours


def test_every_language_has_every_text():
    text = (SOURCES / "texts.js").read_text(encoding="utf-8")
    languages = re.findall(r"^  (\w\w): \{\n(.*?)^  \},", text, re.DOTALL | re.MULTILINE)
    words = {language: re.findall(r"^    (\w+):", texts, re.MULTILINE) for language, texts in languages}
    assert {"en", "de", "fr", "es", "it", "pt", "nl", "pl"} <= set(words)
    assert {language for language, names in words.items() if names != words["en"]} == set()
    assert all(texts.count("{origin}") == 1 for _, texts in languages)


def test_the_sources_are_as_short_as_others():
    assert {
        path.name for path in SOURCES.iterdir() if len(path.read_text(encoding="utf-8").splitlines()) > 400
    } == set()
