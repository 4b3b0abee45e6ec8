"""The headers of every class of answer: what a browser may do with it, and who may keep it."""

import re

import pytest
from django.test import Client

from apps.dashboard import overview
from config.middleware import CONTENT_SECURITY_POLICY


@pytest.fixture
def answers(alice, shop, monkeypatch):
    """One answer of each class, by name."""
    signed_in, stranger = alice.browser, Client()
    signed_in.raise_request_exception = False
    found = {
        "a page": signed_in.get("/"),
        "a list": signed_in.get("/sitekeys/"),
        "a secret": signed_in.post("/sitekeys/new", {"name": "x", "allowed_origins": "https://x.example"}),
        "a form with errors": signed_in.post("/sitekeys/new", {"name": "", "allowed_origins": ""}),
        "the log": signed_in.get("/log/"),
        "a redirect": stranger.get("/"),
        "signing in": stranger.get("/accounts/login/"),
        "400": signed_in.get("/", headers={"Host": "evil.example"}),
        "403": Client(enforce_csrf_checks=True).post("/theme"),
        "404": signed_in.get("/nothing"),
        "405": signed_in.post("/log/"),
        "livez": stranger.get("/livez"),
        "an export": signed_in.get("/log/export.csv"),
    }
    monkeypatch.setattr(overview, "list_sites", None)
    found["500"] = signed_in.get("/")
    expected = {"a page": 200, "a redirect": 302, "a form with errors": 422, "404": 404, "405": 405, "500": 500}
    assert {name: found[name].status_code for name in expected} == expected
    return found


def test_scripts_styles_and_everything_else_come_from_here_alone(answers):
    for name, answer in answers.items():
        policy = answer["Content-Security-Policy"]
        assert policy == CONTENT_SECURITY_POLICY, name
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


def test_nothing_is_guessed_leaked_or_shared(answers):
    for name, answer in answers.items():
        assert answer["X-Content-Type-Options"] == "nosniff", name
        assert answer["Referrer-Policy"] == "same-origin", name
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert "camera=()" in answer["Permissions-Policy"], name
        assert "Server" not in answer, name


def test_nothing_is_kept(answers):
    for name, answer in answers.items():
        assert "no-store" in answer["Cache-Control"], name


def test_every_answer_has_an_id_of_its_own(answers):
    ids = [answer["X-Request-ID"] for answer in answers.values()]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


def test_every_cookie_is_out_of_reach_of_scripts(answers):
    for name, answer in answers.items():
        for cookie in answer.cookies.values():
            assert cookie["httponly"], (name, cookie.key)
            assert cookie["samesite"] == "Lax", (name, cookie.key)


def test_no_page_holds_a_script_or_a_style_of_its_own(answers):
    for name, answer in answers.items():
        if answer["Content-Type"].startswith("text/html"):
            text = answer.content.decode()
            assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", text), name
            assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), name
