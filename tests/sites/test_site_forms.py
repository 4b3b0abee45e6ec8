"""Forms about sites keep what was typed, say at the field what is wrong, and change nothing until it is right."""

import pytest

from apps.sites.models import Site
from tests.dashboard.reading import read
from tests.people import settings_form
from tests.sites.conftest import NEW, path

WRONG = [
    ({"name": ""}, "name", "required"),
    ({"name": "   "}, "name", "required"),
    ({"name": "x" * 256}, "name", "256 characters"),
    ({"name": "x" * 1001}, "name", "1000 characters"),
    ({"name": "a\u202eb"}, "name", "cannot be shown"),
    ({"name": "a\0b"}, "name", "Null characters"),
    ({"allowed_origins": ""}, "allowed_origins", "required"),
    ({"allowed_origins": "app.example.com"}, "allowed_origins", "https://app.example.com"),
    ({"allowed_origins": "https://a.example\n*"}, "allowed_origins", "wildcard"),
    ({"allowed_origins": "https://a.example/path"}, "allowed_origins", "more than scheme and host"),
    ({"allowed_origins": "\n".join(f"https://s{n}.example" for n in range(101))}, "allowed_origins", "101 origins"),
]
wrong_forms = pytest.mark.parametrize(("typed", "field", "says"), WRONG, ids=lambda value: str(value)[:40])


@wrong_forms
def test_a_wrong_new_site_is_shown_again_with_the_error_at_its_field(alice, filled, typed, field, says):
    answer = alice.browser.post(NEW, filled | typed)

    page = read(answer)
    assert answer.status_code == 422
    assert says in page.errors[field]
    assert page.text.count(page.errors[field]) >= 2, "The error stands in the summary too."
    for name, value in (filled | typed).items():
        if "\0" not in value:
            assert page.value(name).split() == value.split()
    assert not Site.objects.exists()


@wrong_forms
def test_wrong_settings_are_shown_again_and_change_nothing(alice, shop, filled, typed, field, says):
    answer = alice.browser.post(path(shop, "settings"), settings_form(shop, **filled | typed))

    page = read(answer)
    assert answer.status_code == 422
    assert says in page.errors[field]
    assert page.value("allowed_origins").split() == (filled | typed)["allowed_origins"].split()
    shop.refresh_from_db()
    assert (shop.name, shop.allowed_origins) == ("Shop", ["https://shop.example"])


def test_everything_wrong_is_said_at_once(alice):
    page = read(alice.browser.post(NEW, {"name": "x" * 300, "allowed_origins": "*"}))

    assert set(page.errors) == {"name", "allowed_origins"}


def test_an_empty_form_says_what_is_missing(alice):
    answer = alice.browser.post(NEW, {})

    assert answer.status_code == 422
    assert set(read(answer).errors) == {"name", "allowed_origins"}


def test_what_was_typed_is_text_and_never_markup(alice, filled):
    answer = alice.browser.post(
        NEW, filled | {"name": '"><script>alert(1)</script>', "allowed_origins": "</textarea><b>"}
    )

    assert answer.status_code == 422
    assert b"<script>alert" not in answer.content
    assert b"</textarea><b>" not in answer.content


@pytest.mark.parametrize(
    "typed", ["https://a.example https://b.example", "\r\nhttps://a.example\r\n\r\n  https://b.example\t"]
)
def test_origins_are_read_one_a_line_or_a_word(alice, filled, typed):
    alice.browser.post(NEW, filled | {"allowed_origins": typed})

    assert Site.objects.get().allowed_origins == ["https://a.example", "https://b.example"]


def test_settings_begin_with_what_holds_now(alice, shop):
    page = read(alice.browser.get(path(shop, "settings")))

    assert page.value("name") == "Shop"
    assert page.value("allowed_origins") == "https://shop.example"


def test_saved_settings_are_confirmed_and_hold(alice, shop):
    answer = alice.browser.post(
        path(shop, "settings"),
        settings_form(shop, name="Shop 2", allowed_origins="https://new.example"),
        follow=True,
    )

    shop.refresh_from_db()
    assert (shop.name, shop.allowed_origins) == ("Shop 2", ["https://new.example"])
    assert "Settings saved" in read(answer).text
    assert answer.redirect_chain == [(path(shop, "settings"), 302)]


def test_a_form_without_its_token_is_refused(alice, filled):
    browser = alice.browser
    browser.handler.enforce_csrf_checks = True

    answer = browser.post(NEW, filled)

    assert answer.status_code == 403
    assert "reload the page" in read(answer).text
    assert not Site.objects.exists()
