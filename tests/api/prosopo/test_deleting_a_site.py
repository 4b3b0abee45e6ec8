"""`POST /sites/delete`: the site stays and verifies no longer; one active site of the account is always left."""

import pytest

from apps.audit.models import AuditEvent
from apps.sites.models import Site
from apps.sites.operations import create_site, deactivate_site, delete_site
from tests.api.prosopo.conftest import DELETE, SITE_GET, refused
from tests.people import Api


@pytest.fixture
def other(alice):
    """A second active site of Alice's account."""
    return create_site(alice.actor, name="Other", allowed_origins=["https://a.example"]).site


def test_the_site_is_deactivated_and_kept(api, shop, other):
    answer = api.post(DELETE, {"siteKey": shop.key.hex})

    assert answer.json() == {"success": True, "deactivatedSiteKey": shop.site_key}
    assert api.get(SITE_GET, siteKey=shop.site_key).json()["active"] is False
    shop.refresh_from_db()
    assert (shop.is_active, shop.deleted_at) == (False, None)
    assert AuditEvent.objects.get(action="site.deactivated").target_id == shop.site_key


def test_again_changes_nothing(api, shop, other):
    answers = [api.post(DELETE, {"siteKey": shop.site_key}).status_code for _ in range(2)]

    assert answers == [200, 200]
    assert AuditEvent.objects.filter(action="site.deactivated").count() == 1


def test_the_last_active_site_is_refused(api, alice, dave, shop, other):
    create_site(dave.actor, name="Elsewhere", allowed_origins=["https://a.example"])
    gone = create_site(alice.actor, name="Gone", allowed_origins=["https://a.example"]).site
    delete_site(alice.actor, site_key=gone.site_key)
    deactivate_site(alice.actor, site_key=other.site_key)

    message = refused(api.post(DELETE, {"siteKey": shop.site_key}), 409, "PORTAL.LAST_ACTIVE_SITE")

    assert "Shop" in message
    assert Site.objects.get(pk=shop.pk).is_active
    assert api.post(DELETE, {"siteKey": other.site_key}).status_code == 200  # which is not active any more


def test_an_active_site_that_the_key_cannot_see_counts(alice, bob, shop, make_key):
    own = create_site(bob.actor, name="Bobs", allowed_origins=["https://a.example"]).site

    assert Api(make_key(bob)).post(DELETE, {"siteKey": own.site_key}).status_code == 200


def test_whoever_does_not_own_it_is_refused_first(bob, carol, shop, make_key):
    for person in (bob, carol):
        answer = Api(make_key(person)).post(DELETE, {"siteKey": shop.site_key})
        assert answer.json()["error"]["data"] == {"required": "deleteSite"}
        refused(answer, 403, "API.INSUFFICIENT_PERMISSIONS")


def test_other_doors_may_deactivate_the_last_one(api, shop):
    assert api.delete(f"/api/v1/sites/{shop.site_key}").status_code == 200
