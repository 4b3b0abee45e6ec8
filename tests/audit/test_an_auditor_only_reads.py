"""The auditor sees the log and can change nothing, in the browser or with a key; attempts are in the log."""

import pytest
from django.urls import reverse

from apps.api_keys.operations import create_key
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.sites.models import Site
from tests.people import Api, MakeKey, Person, settings_form

CHANGING_PAGES = {
    "new_site": {"name": "New", "allowed_origins": "https://new.example"},
    "site_settings": settings_form(Site(name="Renamed", allowed_origins=["https://new.example"])),
    "rotate_secret": {},
    "deactivate_site": {},
    "reactivate_site": {},
    "new_key": {"name": "Key", "expires": "never", "permissions": ["getAuditEvents"]},
    "delete_key": {},
}


def address(name: str, site: Site, key_id: object) -> str:
    if name == "delete_key":
        return reverse(name, args=[key_id])
    return reverse(name, args=[] if name.startswith("new_") else [site.site_key])


@pytest.mark.parametrize("path", ["/log/", "/log/1", "/log/check", "/log/export.csv", "/log/export.jsonl"])
def test_an_auditor_reads_the_whole_log(path: str, erin: Person, alice: Person) -> None:
    answer = erin.browser.get(path)
    text = answer.getvalue().decode()
    assert answer.status_code == 200
    if path != "/log/check":
        assert "Alice &amp; Co" in text or "Alice & Co" in text


@pytest.mark.parametrize("name", CHANGING_PAGES)
def test_every_changing_page_is_refused_and_the_attempt_is_recorded(
    name: str, erin: Person, alice: Person, shop: Site
) -> None:
    key = create_key(alice.actor, name="Key", permissions=["getSites"], expires_at=None).key
    browser = erin.browser
    before = AuditEvent.objects.count()
    answer = browser.post(address(name, shop, key.pk), CHANGING_PAGES[name])
    [event] = AuditEvent.objects.order_by("pk")[before:]
    assert answer.status_code == 403
    assert "The role Auditor does not include the permission" in answer.content.decode()
    assert (event.outcome, event.actor_label) == ("refused", erin.user.email)
    assert event.reason in answer.content.decode().replace("&#x27;", "'")
    assert not AuditEvent.objects.filter(outcome="done", actor_id=str(erin.user.pk)).exclude(action="sign_in.succeeded")


def test_an_auditors_key_changes_nothing_either(erin: Person, shop: Site, make_key: MakeKey) -> None:
    api = Api(make_key(erin))
    path = f"/api/v1/sites/{shop.site_key}"
    body = {"name": "New", "allowedOrigins": ["https://new.example"], "accountId": str(erin.account.pk)}
    answers = [
        api.post("/api/v1/sites", body),
        api.patch(path, {"name": "Renamed"}),
        api.delete(path),
        api.post(f"{path}/rotate-secret"),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert [answer["X-Accepted-Permissions"] for answer in answers] == [
        "createSite",
        "updateSite",
        "deleteSite",
        "rotateSecret",
    ]
    shop.refresh_from_db()
    assert (shop.name, shop.is_active, Site.objects.count()) == ("Shop", True, 1)
    assert verify_chain(erin.account.pk).is_intact


@pytest.mark.parametrize("path", ["/log/", "/log/1", "/log/check"])
@pytest.mark.parametrize("who", ["bob", "carol", "victor"])
def test_who_is_no_auditor_is_told_what_is_missing(
    who: str, path: str, request: pytest.FixtureRequest, shop: Site
) -> None:
    person: Person = request.getfixturevalue(who)
    answer = person.browser.get(path)
    event = AuditEvent.objects.of_account(person.account.pk).newest_first()[0]
    assert answer.status_code == 403
    assert "does not include the permission getAuditEvents" in answer.content.decode()
    assert (event.action, event.outcome, event.actor_label) == ("reading.refused", "refused", person.user.email)


def test_an_account_sees_its_own_log_alone(dave: Person, shop: Site) -> None:
    text = dave.browser.get("/log/").content.decode()
    assert "Dave" in text
    assert "Shop" not in text
    last = AuditEvent.objects.of_account(shop.account_id).newest_first()[0]
    assert dave.browser.get(f"/log/{last.sequence + 50}").status_code == 404
