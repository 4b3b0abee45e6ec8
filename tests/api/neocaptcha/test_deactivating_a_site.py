"""DELETE /api/v1/sites/{siteKey}: the record stays, verification stops, and again changes nothing."""

from apps.audit.models import AuditEvent
from apps.sites.models import Site
from apps.sites.operations import create_site
from tests.api.conftest import SITES
from tests.people import Api


def test_the_answer_is_success_and_nothing_else(api, shop):
    answer = api.delete(f"{SITES}/{shop.site_key}")

    assert answer.status_code == 200
    assert answer.json() == {"success": True}


def test_the_record_stays_inactive_with_its_secrets(api, shop):
    api.delete(f"{SITES}/{shop.site_key}")

    site = Site.objects.get(pk=shop.pk)
    assert not site.is_active
    assert (site.name, site.allowed_origins, site.secrets.count()) == ("Shop", ["https://shop.example"], 1)


def test_doing_it_again_succeeds_and_is_not_a_second_event(api, shop):
    answers = [api.delete(f"{SITES}/{shop.site_key}") for _ in range(3)]

    assert [answer.json() for answer in answers] == [{"success": True}] * 3
    event = AuditEvent.objects.get(action="site.deactivated")
    assert event.request_id == answers[0]["X-Request-ID"]
    assert event.changes == {"is_active": [True, False]}


def test_verification_stops_at_once(api, alice):
    made = create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])
    proof = {"siteKey": made.site.site_key, "secret": made.secret.reveal(), "solution": "x"}
    assert Api().post("/api/v1/verify", proof).status_code == 200

    api.delete(f"{SITES}/{made.site.site_key}")

    answer = Api().post("/api/v1/verify", proof)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "site_disabled"


def test_a_key_without_the_permission_stops_nothing(alice, make_key, shop):
    answer = Api(make_key(alice, "updateSite", "getSite")).delete(f"{SITES}/{shop.site_key}")

    assert answer.status_code == 403
    assert answer["X-Accepted-Permissions"] == "deleteSite"
    shop.refresh_from_db()
    assert shop.is_active


def test_an_unknown_site_is_a_404_every_time(api):
    for _ in range(2):
        assert api.delete(f"{SITES}/sk_live_{'z' * 21}1").status_code == 404
