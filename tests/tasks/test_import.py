"""An import takes exactly what was shown, once, and only from whoever tried it out."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from apps.permissions.roles import Role
from apps.sites.models import Growth, Site, SiteSecret
from apps.sites.operations import create_site
from apps.sites.organizations import create_organization
from apps.tasks.bulk_models import TAKEN_WITHIN
from apps.tasks.housekeeping import purge_site_imports
from apps.tasks.models import SiteImport, Task
from tests.dashboard.reading import read
from tests.people import Person
from tests.tasks.bulk import GOOD, IMPORT, MIXED, start, take, try_out

pytestmark = pytest.mark.django_db


def test_an_import_creates_each_site_with_its_settings_and_no_secret(alice: Person) -> None:
    organization = create_organization(alice.actor, name="North")
    table = (
        "name;domain;organization;growth;level;allow_subdomains;validity_seconds\n"
        "One;one.example http://localhost:8000 *.one.example;North;FAST;104;Yes;300\n"
        "Two;two.example;;;;;\n"
    )
    task = take(alice, table, 2)

    assert (task.done_count, task.failed_count, task.title) == (2, 0, "Import 2 sites")
    one, two = Site.objects.order_by("pk")
    assert one.allowed_origins == ["https://one.example", "http://localhost:8000", "https://*.one.example"]
    assert (one.organization, one.growth, one.level, one.validity_seconds) == (organization, Growth.FAST, 104, 300)
    assert (one.allow_subdomains, one.allow_localhost, two.allow_localhost) == (True, True, False)
    assert (two.organization, two.growth, two.level) == (None, Growth.MEDIUM, 96)
    assert not SiteSecret.objects.exists()


def test_a_file_can_be_uploaded(alice: Person) -> None:
    sent = SimpleUploadedFile("sites.csv", b"\xef\xbb\xbf" + GOOD.encode())
    answer = alice.browser.post(IMPORT, {"table": sent})

    assert answer.status_code == 302
    assert "2 of 2 lines" in read(alice.browser.get(answer["Location"])).text


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "nothing yet"),
        ({"text": GOOD, "table": SimpleUploadedFile("a.csv", GOOD.encode())}, "Send one of them"),
        ({"table": SimpleUploadedFile("a.csv", b"x" * 2_000_001)}, "at most 2,000,000"),
        ({"table": SimpleUploadedFile("a.csv", b"")}, "There is nothing"),
    ],
)
def test_an_upload_that_cannot_be_taken_is_told_at_its_field(alice: Person, sent: dict[str, object], told: str) -> None:
    answer = alice.browser.post(IMPORT, sent)
    assert answer.status_code == 422
    assert told in " ".join(read(answer).errors.values())


def test_the_good_lines_are_taken_only_when_that_was_asked_for(alice: Person) -> None:
    address = try_out(alice, MIXED)

    refused = start(alice, address, count="2")
    assert refused.status_code == 409
    assert "Nothing was created" in read(refused).text
    assert not Task.objects.exists()

    assert start(alice, address, count="2", leave_out="yes").status_code == 302
    assert [item.input["name"] for item in Task.objects.get().items.order_by("index")] == ["One", "Three"]


def test_what_changed_since_it_was_shown_is_shown_again(alice: Person) -> None:
    address = try_out(alice, GOOD)
    create_site(alice.actor, name="One", allowed_origins=["https://one.example"])

    answer = start(alice, address, count="2", leave_out="yes")

    assert answer.status_code == 409
    assert "1 of 2 lines would create a site" in read(answer).text
    assert not Task.objects.exists()


def test_a_file_is_taken_once(alice: Person) -> None:
    address = try_out(alice, GOOD)
    [once] = read(alice.browser.get(address)).fields["once"]
    browser = alice.browser

    for _ in range(2):
        answer = browser.post(f"{address}/start", {"count": "2", "once": once})
        assert answer.status_code == 302
    assert Task.objects.count() == 1
    assert start(alice, address, count="2").status_code == 404
    assert AuditEvent.objects.filter(action="task.started").count() == 1


def test_a_file_is_its_owners_alone(alice: Person, grace: Person, dave: Person) -> None:
    address = try_out(alice, GOOD)
    for person in (grace, dave):
        assert person.browser.get(address).status_code == 404
        assert start(person, address, count="2").status_code == 404


def test_a_person_has_one_file_and_has_it_for_a_day(alice: Person) -> None:
    first, second = try_out(alice, GOOD), try_out(alice, MIXED)
    assert alice.browser.get(first).status_code == 404
    assert alice.browser.get(second).status_code == 200

    kept = SiteImport.objects.get()
    SiteImport.objects.update(created_at=kept.created_at - TAKEN_WITHIN - timedelta(seconds=1))
    assert alice.browser.get(second).status_code == 404
    assert purge_site_imports.call() == 1


def test_who_may_no_longer_create_sites_cannot_take_their_file(alice: Person, carol: Person) -> None:
    address = try_out(carol, GOOD)
    Membership.objects.filter(person=carol.user).update(role=Role.VIEWER)

    assert start(carol, address, count="2").status_code == 403

    refusal = AuditEvent.objects.get(action="task.started")
    assert (refusal.outcome, refusal.actor_label) == ("refused", carol.user.email)
    assert not Task.objects.exists()


def test_a_viewer_finds_no_way_to_import(victor: Person, shop: Site) -> None:
    assert IMPORT not in read(victor.browser.get("/sitekeys/")).links
    assert victor.browser.post(IMPORT, {"text": GOOD}).status_code == 403
    assert not SiteImport.objects.exists()
