"""POST /api/v1/sites/{siteKey}/rotate-secret: a new secret, and the end of every earlier one."""

import pytest

from apps.audit.models import AuditEvent
from apps.credentials import peppers
from apps.credentials.format import PATTERNS, TokenKind, mint
from apps.sites.models import SiteSecret
from apps.sites.operations import create_site
from tests.api.conftest import SITES
from tests.people import Api

FIELDS = ["siteKey", "newSiteSecret", "name", "updatedAt", "message"]


@pytest.fixture
def made(alice):
    return create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])


def verification(made, secret: str):
    body = {"siteKey": made.site.site_key, "secret": secret, "solution": "x"}
    return Api().post("/api/v1/verify", body).status_code


def test_the_answer_has_exactly_the_fields_of_the_page(api, made):
    answer = api.post(f"{SITES}/{made.site.site_key}/rotate-secret")

    assert answer.status_code == 200
    body = answer.json()
    assert list(body) == FIELDS
    assert (body["siteKey"], body["name"]) == (made.site.site_key, "Shop")
    assert PATTERNS[TokenKind.SITE_SECRET].fullmatch(body["newSiteSecret"])
    assert body["updatedAt"].endswith("Z")
    assert body["message"] == (
        "Site secret rotated successfully. Save the new siteSecret - it cannot be retrieved again. "
        "Update your backend immediately."
    )


def test_the_new_secret_works_and_the_old_one_stops_with_this_request(api, made):
    old = made.secret.reveal()
    assert verification(made, old) == 200

    new = api.post(f"{SITES}/{made.site.site_key}/rotate-secret").json()["newSiteSecret"]

    assert verification(made, new) == 200
    assert verification(made, old) == 401


def test_every_earlier_secret_stops_also_where_there_were_several(api, made):
    further = mint(TokenKind.SITE_SECRET).reveal()
    digest = peppers.digest(further)
    SiteSecret.objects.create(site=made.site, digest=digest.value, pepper=digest.pepper, last_four=further[-4:])
    assert verification(made, further) == 200

    api.post(f"{SITES}/{made.site.site_key}/rotate-secret")

    assert verification(made, further) == verification(made, made.secret.reveal()) == 401
    assert SiteSecret.objects.count() == 1


def test_a_body_is_not_asked_for_and_not_minded(api, made):
    path = f"{SITES}/{made.site.site_key}/rotate-secret"

    assert api.client.post(path).json()["name"] == "Shop"
    assert api.client.post(path, b"{not json", content_type="text/plain").json()["name"] == "Shop"


def test_the_log_shows_the_masked_ends_and_no_secret(api, made):
    answer = api.post(f"{SITES}/{made.site.site_key}/rotate-secret")

    event = AuditEvent.objects.get(action="secret.rotated")
    old, new = made.secret.reveal(), answer.json()["newSiteSecret"]
    assert event.changes == {"secret": [f"ss_live_…{old[-4:]}", f"ss_live_…{new[-4:]}"]}
    assert event.request_id == answer["X-Request-ID"]


def test_a_key_without_the_permission_leaves_the_secret_working(alice, make_key, made):
    answer = Api(make_key(alice, "getSecrets", "updateSite")).post(f"{SITES}/{made.site.site_key}/rotate-secret")

    assert answer.status_code == 403
    assert answer["X-Accepted-Permissions"] == "rotateSecret"
    assert verification(made, made.secret.reveal()) == 200


def test_an_inactive_site_can_be_given_a_new_secret_before_it_starts_again(api, made):
    path = f"{SITES}/{made.site.site_key}"
    api.delete(path)

    secret = api.post(f"{path}/rotate-secret").json()["newSiteSecret"]
    assert verification(made, secret) == 403
    api.patch(path, {"isActive": True})

    assert verification(made, secret) == 200
