"""Every page about people, shares and secrets: nothing for axe to find, and no scrolling sideways, in both themes."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from apps.accounts.models import Account, Membership
from apps.accounts.operations import create_verified_person
from apps.accounts.team import invite_member
from apps.credentials.overlap import OVERLAPS
from apps.permissions.models import ShareLevel
from apps.permissions.roles import Role
from apps.sites.operations import create_site, delete_site
from apps.sites.secrets import add_secret, rotate_secret
from apps.sites.sharing import share_site
from tests.people import PASSWORD


@pytest.fixture
def world(alice, bob, carol, grace, dave, shop):
    """Everything that these pages can show: an invitation, a waiting share, an ending secret, a deleted site."""
    Account.objects.filter(pk=alice.account.pk).update(lets_shares_wait=True)
    Membership.objects.create(account=dave.account, person=alice.user, role=Role.VIEWER)  # so there is a switch
    invite_member(alice.actor, email="jane@example.com", role=Role.VIEWER)
    share_site(alice.actor, site_key=shop.site_key, email="dave@people.example", level=ShareLevel.WRITE)
    share_site(alice.actor, site_key=shop.site_key, email="later@example.com", level=ShareLevel.READ)
    rotate_secret(alice.actor, site_key=shop.site_key, overlap=OVERLAPS["7d"])
    add_secret(alice.actor, site_key=shop.site_key, label="Checkout service")
    gone = create_site(alice.actor, name="Old shop", allowed_origins=["https://old.example"]).site
    delete_site(alice.actor, site_key=gone.site_key)
    return shop


def of_site(*names):
    return [(name, lambda shop, bob, name=name: reverse(name, args=[shop.site_key])) for name in names]


PAGES = [
    ("team", lambda shop, bob: reverse("team")),
    ("remove_member", lambda shop, bob: reverse("remove_member", args=[bob.user.pk])),
    ("hand_over", lambda shop, bob: reverse("hand_over", args=[bob.user.pk])),
    ("remove_share", lambda shop, bob: reverse("remove_share", args=[shop.site_key, shop.shares.earliest("pk").pk])),
    ("delete_secret", lambda shop, bob: reverse("delete_secret", args=[shop.site_key, shop.secrets.earliest("pk").pk])),
    ("shared_sites", lambda shop, bob: reverse("shared_sites")),
    ("deleted_sites", lambda shop, bob: reverse("deleted_sites")),
    *of_site("site_people", "site_secrets", "add_secret", "rotate_secret", "site_settings", "delete_site"),
]


def test_every_page_of_an_owner(page, sign_in, world, alice, bob, looks_right):
    sign_in(page, alice)
    for name, address in PAGES:
        assert page.goto(address(world, bob)).status == 200, name
        looks_right(page)


def test_the_open_account_switch(themed_page, sign_in, world, alice, axe):
    sign_in(themed_page, alice)
    themed_page.goto("/team/")
    menu = themed_page.get_by_role("button", name="Menu", exact=True)
    if menu.is_visible():
        menu.click()
    themed_page.locator("details.tenant > summary").click()
    expect(themed_page.get_by_role("button", name="Dave's")).to_be_visible()

    axe(themed_page)


def test_the_link_that_is_shown_where_mail_is_not_set_up(page, sign_in, settings, alice, looks_right):
    settings.MAIL_IS_SET_UP = False
    sign_in(page, alice)
    page.goto("/team/")
    page.get_by_label("E-mail address").fill("jane@example.com")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_label("Invitation link", exact=True)).to_be_visible()

    looks_right(page)


def test_the_pages_behind_an_invitation(page, sign_in, alice, dave, looks_right):
    """For an address that is the reader's, for one that is not, and for somebody who has not signed in."""
    links = [
        reverse("accept_invitation", args=[invite_member(alice.actor, email=email, role=Role.MEMBER).token.reveal()])
        for email in (dave.user.email, "jane@example.com")
    ]
    for is_signed_in in (False, True):
        if is_signed_in:
            sign_in(page, dave)
        for link in links:
            assert page.goto(link).status == 200
            looks_right(page)


def test_what_somebody_without_an_account_sees(page, sign_in, alice, shop, looks_right, complaints):
    complaints.expected.append("403")
    loner = create_verified_person(email="loner@people.example", name="Lena", password=PASSWORD)
    share_site(alice.actor, site_key=shop.site_key, email=loner.email, level=ShareLevel.READ)
    sign_in(page, loner)
    for path in ("/", "/sitekeys/shared", f"/sitekeys/{shop.site_key}/", f"/sitekeys/{shop.site_key}/settings"):
        page.goto(path)
        looks_right(page)
