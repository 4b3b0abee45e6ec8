"""What matters wants a proof that is no older than ten minutes."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from apps.api_keys.models import ApiKey
from apps.permissions.models import ShareLevel
from apps.sites.models import Site
from apps.sites.sharing import share_site
from tests.accounts.security.conftest import actions, age_proofs
from tests.people import PASSWORD

GUARDED = [
    "new_site",
    "new_key",
    "rotate_secret",
    "add_secret",
    "remove_member",
    "hand_over",
    "remove_share",
    "account_settings",
    "api_settings",
    "account_change_password",
    "account_email",
    "mfa_activate_totp",
    "mfa_add_webauthn",
]


@pytest.fixture
def url_of(shop, alice, bob, carol):
    """The address of a form, by its name."""
    share = share_site(alice.actor, site_key=shop.site_key, email=carol.user.email, level=ShareLevel.READ)
    arguments = {
        "rotate_secret": [shop.site_key],
        "add_secret": [shop.site_key],
        "remove_share": [shop.site_key, share.pk],
        "remove_member": [bob.user.pk],
        "hand_over": [bob.user.pk],
    }
    return lambda name: reverse(name, args=arguments.get(name, []))


@pytest.fixture
def late(alice):
    """Alice's browser, eleven minutes after she signed in."""
    browser = alice.browser
    age_proofs(browser, 11 * 60)
    return browser


@pytest.mark.parametrize("name", GUARDED)
def test_a_form_opens_within_ten_minutes_of_signing_in(name, alice, url_of):
    assert alice.browser.get(url_of(name)).status_code == 200


@pytest.mark.parametrize("name", GUARDED)
def test_later_it_asks_who_you_are_and_comes_back(name, late, url_of):
    url = url_of(name)
    asked = late.get(url)
    assert urlsplit(asked.url).path == reverse("account_reauthenticate")

    back = late.post(asked.url, {"password": PASSWORD, "next": parse_qs(urlsplit(asked.url).query)["next"][0]})
    assert back.url == url
    assert late.get(url).status_code == 200


@pytest.mark.parametrize("name", GUARDED)
def test_a_form_sent_too_late_does_nothing_and_is_kept_nowhere(name, late, alice, url_of):
    before = (Site.objects.count(), ApiKey.objects.count(), len(actions(alice)))
    answer = late.post(url_of(name), {"name": "a telling name", "password1": "a telling name", "code": "123456"})

    assert urlsplit(answer.url).path == reverse("account_reauthenticate")
    assert "Nothing was done" in str([str(message) for message in get_messages(answer.wsgi_request)])
    assert (Site.objects.count(), ApiKey.objects.count(), len(actions(alice))) == before
    assert "a telling name" not in str(dict(late.session))


def test_the_query_survives(late):
    asked = late.get(reverse("new_key"), {"name": "Deploy", "permissions": ["getSites", "getSite"]})

    wanted = parse_qs(urlsplit(asked.url).query)["next"][0]
    assert wanted == "/keys/new?name=Deploy&permissions=getSites&permissions=getSite"


def test_htmx_is_told_to_leave_the_page(late):
    answer = late.get(
        reverse("new_site"),
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/sitekeys/?q=shop"},
    )

    assert answer.headers["HX-Redirect"] == "/accounts/reauthenticate/?next=%2Fsitekeys%2F%3Fq%3Dshop"


def test_a_wrong_password_confirms_nothing_and_is_in_the_log(late, alice):
    late.post(reverse("account_reauthenticate"), {"password": "wrong"})

    assert late.get(reverse("new_site")).status_code == 302
    assert actions(alice, "refused")[-1] == "confirmation.refused"


def test_a_confirmation_is_good_for_ten_minutes(late):
    late.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    age_proofs(late, 599)
    assert late.get(reverse("new_site")).status_code == 200
    age_proofs(late, 2)
    assert late.get(reverse("new_site")).status_code == 302


def test_reading_goes_on(late, shop):
    for name in ("overview", "sites", "keys", "security"):
        assert late.get(reverse(name)).status_code == 200


def test_a_code_confirms_too(enrolled):
    age_proofs(enrolled.browser, 700)
    asked = enrolled.browser.get(reverse("new_site"))
    page = enrolled.browser.get(asked.url).content.decode()
    assert reverse("mfa_reauthenticate") in page

    enrolled.browser.post(reverse("mfa_reauthenticate"), {"code": enrolled.app.code()})
    assert enrolled.browser.get(reverse("new_site")).status_code == 200


def test_an_attempt_to_confirm_with_a_wrong_code_is_in_the_log(enrolled):
    enrolled.browser.post(reverse("mfa_reauthenticate"), {"code": "000000"})

    assert actions(enrolled.person, "refused")[-1] == "confirmation.refused"


STANDING_ELSEWHERE = {
    "invite": "/team/",
    "resend_invitation": "/team/",
    "change_role": "/team/",
    "change_share": "/sitekeys/{site_key}/people",
    "site_people": "/sitekeys/{site_key}/people",
}


@pytest.mark.parametrize(("name", "form_page"), STANDING_ELSEWHERE.items())
def test_a_form_on_another_page_is_found_again_after_confirming(name, form_page, late, alice, shop):
    arguments = {
        "resend_invitation": [1],
        "change_role": [alice.user.pk],
        "change_share": [shop.site_key, 1],
        "site_people": [shop.site_key],
    }
    before = len(actions(alice))
    answer = late.post(reverse(name, args=arguments.get(name, [])), {"email": "x@y.example", "level": "write"})

    assert urlsplit(answer.url).path == reverse("account_reauthenticate")
    (wanted,) = parse_qs(urlsplit(answer.url).query)["next"]
    assert wanted == form_page.format(site_key=shop.site_key)
    assert late.get(wanted).status_code == 200
    assert len(actions(alice)) == before
