"""A site's secret stands in the answer to the POST that made it, and on no page after that."""

import pytest

from apps.sites.models import Site, SiteSecret
from tests.api.conftest import SITES
from tests.dashboard.reading import read
from tests.people import Api
from tests.sites.conftest import LIST, NEW, path, secrets_in

PAGES = ["", "install", "settings", "secrets", "secrets/rotate", "activity", "deactivate"]


@pytest.fixture
def created(alice, filled):
    browser = alice.browser
    answer = browser.post(NEW, filled)
    return browser, answer, Site.objects.get()


def test_creating_a_site_shows_its_secret_with_what_to_do_with_it(created):
    _, answer, site = created

    (secret,) = secrets_in(answer)
    page = read(answer)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert "You will not see this again." in page.text
    assert site.site_key in page.text
    assert secret.endswith(SiteSecret.objects.get().last_four)


def test_a_new_sites_secret_leads_to_what_is_installed_next(created):
    _, answer, site = created

    page = read(answer)
    assert f"/sitekeys/{site.site_key}/install" in page.links
    assert "“try” is no solution" in page.text


def test_the_shown_curl_line_names_the_address_key_and_secret(created):
    _, answer, site = created

    (secret,) = secrets_in(answer)
    text = read(answer).text
    assert "http://testserver/api/v1/verify" in text
    assert text.count(secret) >= 1
    assert text.count(site.site_key) >= 1


def test_the_shown_secret_is_the_sites_secret(created):
    _, answer, site = created
    (secret,) = secrets_in(answer)

    checked = Api().post("/api/v1/verify", {"siteKey": site.site_key, "secret": secret, "solution": "x"})

    assert checked.json()["error"]["code"] == "invalid_solution"


@pytest.mark.parametrize("page", PAGES)
def test_no_page_of_the_site_shows_it_again(created, page):
    browser, _, site = created

    answer = browser.get(path(site, page))

    assert answer.status_code == 200
    assert site.name in read(answer).text
    assert not secrets_in(answer)


@pytest.mark.parametrize(
    "address", [LIST, f"{LIST}?q=My", NEW, "/", "/log/", "/keys/", "/reference/", "/log/export.csv"]
)
def test_no_other_page_shows_it(created, address):
    browser, _, _ = created

    answer = browser.get(address)

    assert answer.status_code in {200, 404}
    assert not set(secrets_in(answer) if not answer.streaming else [])


def test_the_page_that_going_back_leads_to_is_an_empty_form(created):
    browser, _, _ = created

    answer = browser.get(NEW)

    assert not secrets_in(answer)
    assert read(answer).value("name") == ""


def test_reloading_the_answer_makes_no_second_site_and_shows_no_secret(alice, filled):
    browser = alice.browser
    once = read(browser.get(NEW)).fields["once"][0]
    first = browser.post(NEW, filled | {"once": once})
    assert secrets_in(first)

    again = browser.post(NEW, filled | {"once": once}, follow=True)

    assert Site.objects.count() == 1
    assert not secrets_in(again)
    assert "This form was sent already" in read(again).text


def test_a_form_with_an_error_may_be_sent_again_once_it_is_right(alice, filled):
    browser = alice.browser
    once = read(browser.get(NEW)).fields["once"][0]
    wrong = browser.post(NEW, filled | {"once": once, "name": ""})

    answer = browser.post(NEW, filled | {"once": read(wrong).fields["once"][0]})

    assert secrets_in(answer)
    assert Site.objects.count() == 1


def test_rotating_asks_first_and_names_the_site(created):
    browser, _, site = created

    answer = browser.get(path(site, "secrets/rotate"))

    assert "My App" in read(answer).text
    assert SiteSecret.objects.count() == 1
    assert not secrets_in(answer)


def test_rotating_shows_the_new_secret_in_this_one_answer(created):
    browser, first, site = created
    (old,) = secrets_in(first)

    answer = browser.post(path(site, "secrets/rotate"))

    (new,) = secrets_in(answer)
    assert new != old
    assert "no-store" in answer["Cache-Control"]
    assert not secrets_in(browser.get(path(site, "secrets")))
    assert f"ss_live_…{new[-4:]}" in read(browser.get(path(site, "secrets"))).text
    for secret, status in ((old, 401), (new, 200)):
        proof = {"siteKey": site.site_key, "secret": secret, "solution": "x"}
        assert Api().post("/api/v1/verify", proof).status_code == status


def test_no_page_shows_a_secret_that_the_api_has_made(alice, make_key):
    body = {"name": "Made by a key", "allowedOrigins": ["https://x.example"], "accountId": str(alice.account.pk)}
    secret = Api(make_key(alice)).post(SITES, body).json()["siteSecret"]

    browser, site = alice.browser, Site.objects.get()

    for page in PAGES:
        assert secret not in browser.get(path(site, page)).content.decode()
