"""The pages of organizations, as people of every role use them."""

import re

import pytest

from apps.accounts.models import Account, Organization
from apps.sites.models import Site
from apps.sites.operations import create_site
from apps.sites.organizations import create_organization, delete_organization
from tests.dashboard.reading import read

ORIGINS = ["https://x.example"]
HOME = "/organizations/"


@pytest.fixture
def web(alice):
    return create_organization(alice.actor, name="Web")


def site_in(person, organization, name="In it"):
    number = organization.pk if organization else None
    return create_site(person.actor, name=name, allowed_origins=ORIGINS, organization_id=number).site


def moved(site):
    site.refresh_from_db()
    return site.organization


def test_the_list_counts_what_the_reader_sees(alice, bob, victor, web):
    for person in (alice, alice, bob):
        site_in(person, web)
    for person, count in ((alice, 3), (victor, 3), (bob, 1)):
        assert re.search(rf"Web {count} ", read(person.browser.get(HOME)).text)


def test_the_limits_are_shown_with_their_use(alice, web, shop):
    assert "of this account" not in read(alice.browser.get(HOME)).text
    Account.objects.filter(pk=alice.account.pk).update(most_organizations=3, most_sites=50)
    assert "1 of 3 organizations and 1 of 50 sites" in read(alice.browser.get(HOME)).text
    assert "1 of 50 sites" in read(alice.browser.get("/sitekeys/")).text


def test_the_list_is_searched_and_paged(alice):
    Organization.objects.bulk_create(
        Organization(account=alice.account, name=f"Customer {number:02}") for number in range(60)
    )
    first = read(alice.browser.get(HOME)).text
    assert "Customer 49" in first
    assert "Customer 50" not in first
    found = read(
        alice.browser.get(f"{HOME}?q=customer+55", headers={"HX-Request": "true", "HX-Target": "organization-list"})
    )
    assert "Customer 55" in found.text
    assert "Customer 54" not in found.text


@pytest.mark.parametrize("address", [HOME, "/sitekeys/", "{web}"])
def test_a_list_costs_the_same_however_long_it_is(address, alice, web, django_assert_max_num_queries):
    browser, address = alice.browser, address.format(web=f"{HOME}{web.pk}/")
    site_in(alice, web)
    browser.get(address)
    with django_assert_max_num_queries(30) as few:
        browser.get(address)
    for number in range(15):
        site_in(alice, create_organization(alice.actor, name=f"N{number}"))
        site_in(alice, web)
    with django_assert_max_num_queries(len(few.captured_queries) + 1):  # of several pages, how many there are
        browser.get(address)


def test_one_is_created_renamed_and_refused_with_what_was_typed(alice, web):
    browser = alice.browser
    answer = browser.post(f"{HOME}new", {"name": " Shops "})
    shops = Organization.objects.get(name="Shops")
    assert answer["Location"] == f"{HOME}{shops.pk}/"
    for name, said in (("Web", "is called “Web”"), ("a/b", "holds “/”")):
        for address in (f"{HOME}new", f"{HOME}{shops.pk}/rename"):
            refused = browser.post(address, {"name": name})
            assert refused.status_code == 422
            assert said in read(refused).text
            assert read(refused).value("name") == name
    browser.post(f"{HOME}{shops.pk}/rename", {"name": "Stores"})
    shops.refresh_from_db()
    assert shops.name == "Stores"


def test_its_own_list_shows_its_sites_alone_and_filters_them(alice, web, shop):
    site_in(alice, web, "Blog")
    site_in(alice, web, "Forum")
    text = read(alice.browser.get(f"{HOME}{web.pk}/")).text
    assert ("Blog" in text, "Forum" in text, "Shop" in text) == (True, True, False)
    text = read(alice.browser.get(f"{HOME}{web.pk}/?q=blog")).text
    assert ("Blog" in text, "Forum" in text) == (True, False)
    assert "No site matches" in read(alice.browser.get(f"{HOME}{web.pk}/?q=nothing")).text


def test_the_list_of_all_sites_filters_by_organization(alice, web, shop):
    inside = site_in(alice, web, "Blog")
    for wanted, names in (
        (web.pk, {"Blog"}),
        ("none", {"Shop"}),
        ("", {"Blog", "Shop"}),
        ("nonsense", {"Blog", "Shop"}),
    ):
        links = read(alice.browser.get(f"/sitekeys/?organization={wanted}")).links
        found = {site.name for site in (inside, shop) if f"/sitekeys/{site.site_key}/" in links}
        assert found == names


def test_deleting_says_how_many_sites_go_and_wants_the_name_typed(alice, web):
    site_in(alice, web)
    site_in(alice, web)
    address = f"{HOME}{web.pk}/delete"
    assert "2 sites go along" in read(alice.browser.get(address)).text
    for typed in ("", "web", "Web!"):
        assert alice.browser.post(address, {"typed_name": typed}).status_code == 422
    assert Site.objects.living().count() == 2
    assert alice.browser.post(address, {"typed_name": "Web"}).status_code == 302
    assert not Site.objects.living().exists()


def test_restoring_offers_another_name_where_its_own_was_taken(alice, web):
    site_in(alice, web)
    delete_organization(alice.actor, organization_id=web.pk)
    create_organization(alice.actor, name="Web")
    address = f"{HOME}{web.pk}/restore"
    refused = alice.browser.post(address)
    assert refused.status_code == 422
    assert "Choose another name" in read(refused).text
    assert read(refused).value("name") == "Web"
    alice.browser.post(address, {"name": "Web 2"})
    web.refresh_from_db()
    assert (web.name, web.deleted_at, Site.objects.living().count()) == ("Web 2", None, 1)


def test_a_restoring_that_is_refused_otherwise_says_why(alice, web):
    delete_organization(alice.actor, organization_id=web.pk)
    Account.objects.filter(pk=alice.account.pk).update(most_organizations=0)
    address = f"{HOME}{web.pk}/restore"
    assert "0 of 0 organizations" in read(alice.browser.post(address, follow=True)).text
    refused = alice.browser.post(address, {"name": "a/b"})
    assert (refused.status_code, "holds “/”" in read(refused).text) == (422, True)


@pytest.mark.parametrize("number", ["999999", "9" * 30])
@pytest.mark.parametrize("page", ["", "rename", "delete", "restore"])
def test_a_number_that_is_none_is_not_found(alice, number, page):
    address = f"{HOME}{number}/{page}"
    if page != "restore":
        assert alice.browser.get(address).status_code == 404
    if page:
        assert alice.browser.post(address, {"name": "a/b" if page == "restore" else "X"}).status_code == 404


def test_sites_are_moved_from_the_list_and_the_reader_is_back_there(alice, web, shop):
    other = site_in(alice, None, "Other")
    chosen = f"sites={shop.site_key}&sites={other.site_key}&next=/sitekeys/%3Fsort%3Dname"
    page = read(alice.browser.get(f"{HOME}move?{chosen}"))
    assert "Shop" in page.text
    assert "Other" in page.text
    sent = {"sites": [shop.site_key, other.site_key], "organization": web.pk, "next": "/sitekeys/?sort=name"}
    answer = alice.browser.post(f"{HOME}move", sent)
    assert answer["Location"] == "/sitekeys/?sort=name"
    assert moved(shop) == moved(other) == web


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:x", ""]
)
def test_moving_leads_nowhere_else(alice, web, shop, elsewhere):
    sent = {"sites": shop.site_key, "organization": web.pk, "next": elsewhere}
    assert alice.browser.post(f"{HOME}move", sent)["Location"] == "/sitekeys/"


def test_a_member_puts_in_their_own_sites_and_no_others(alice, bob, shop, web):
    own = site_in(bob, None, "Bob's")
    text = bob.browser.get(f"{HOME}move?sites={own.site_key}&sites={shop.site_key}").content.decode()
    assert f'value="{own.site_key}"' in text
    assert f'value="{shop.site_key}"' not in text
    assert f"can move them: {shop.name}." in " ".join(text.split())
    assert bob.browser.get(f"{HOME}move?sites={shop.site_key}").status_code == 302
    bob.browser.post(f"{HOME}move", {"sites": own.site_key, "organization": web.pk, "next": ""})
    assert moved(own) == web
    assert bob.browser.post(f"{HOME}move", {"sites": shop.site_key, "organization": web.pk}).status_code == 403


def test_the_settings_of_a_site_move_it_for_its_owner_and_show_where_it_is_to_others(alice, bob, shop, web):
    address = f"/sitekeys/{shop.site_key}/settings"
    alice.browser.post(f"{HOME}move", {"sites": shop.site_key, "organization": web.pk, "next": address})
    assert moved(shop) == web
    assert "Move" in read(alice.browser.get(address)).text
    text = read(bob.browser.get(address)).text
    assert "It is in Web" in text
    alice.browser.post(f"{HOME}move", {"sites": shop.site_key, "organization": "", "next": address})
    assert moved(shop) is None


def test_a_new_site_is_created_in_the_chosen_organization(alice, web):
    assert (
        f'<option value="{web.pk}" selected>'
        in alice.browser.get(f"/sitekeys/new?organization={web.pk}").content.decode()
    )
    page = read(alice.browser.get("/sitekeys/new"))
    sent = {"name": "New", "allowed_origins": "https://x.example", "organization": web.pk, "once": page.value("once")}
    alice.browser.post("/sitekeys/new", sent)
    assert Site.objects.get().organization == web


def test_a_full_account_is_told_so_where_a_site_is_created_or_restored(alice, web, shop):
    delete_organization(alice.actor, organization_id=web.pk)
    gone = site_in(alice, None, "Gone")
    alice.browser.post(f"/sitekeys/{gone.site_key}/delete")
    Account.objects.filter(pk=alice.account.pk).update(most_sites=1)
    page = read(alice.browser.get("/sitekeys/new"))
    sent = {"name": "New", "allowed_origins": "https://x.example", "once": page.value("once")}
    refused = alice.browser.post("/sitekeys/new", sent)
    assert (refused.status_code, "1 of 1 site" in read(refused).text) == (422, True)
    refused = alice.browser.post(f"/sitekeys/{gone.site_key}/restore", follow=True)
    assert "1 of 1 site" in read(refused).text
    assert Site.objects.living().count() == 1


def test_there_is_nothing_of_organizations_on_the_list_of_sites_before_there_is_one(alice, shop):
    text = alice.browser.get("/sitekeys/").content.decode()
    assert 'name="organization"' not in text
    assert "/organizations/move" not in text
