"""The list of sites as a file: what the reader sees, safe in a spreadsheet, and taken back unchanged."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from apps.listing.csv_lines import csv_lines, unguarded
from apps.sites.models import Site
from apps.sites.operations import create_site, create_site_without_secret, deactivate_site
from apps.sites.organizations import create_organization
from apps.sites.origins import Domains
from apps.tasks.bulk_columns import SETTINGS
from apps.tasks.bulk_lines import dry_run
from tests.dashboard.reading import read
from tests.people import Person
from tests.tasks.bulk import EXPORT, exported, take

pytestmark = pytest.mark.django_db
SAME = ("name", "allowed_origins", *(setting.name for setting in SETTINGS))


def names(text: str) -> list[str]:
    return [row["name"] for row in csv.DictReader(io.StringIO(text))]


def portrait(site: Site) -> list[object]:
    return [getattr(site, field) for field in SAME] + [site.organization.name if site.organization else None]


def test_an_export_is_imported_elsewhere_unchanged(alice: Person, dave: Person) -> None:
    north = create_organization(alice.actor, name="North")
    create_organization(dave.actor, name="North")
    odd = ["=1+1", "'=1+1", "''-2", "@all", 'Quo"ted, and; more', "Ünïcode", "'plain'", "x" * 255]
    for name in odd:
        origins = ["https://shop.example:8443", "http://www.shop.example", "https://[::1]", "http://localhost:8000"]
        create_site_without_secret(alice.actor, name=name, allowed_origins=origins, level=97, growth="slow")
    create_site_without_secret(
        alice.actor,
        name="Wild",
        allowed_origins=Domains(("*.wild.example", "xn--bcher-kva.example")),
        organization_id=north.pk,
        allow_localhost=True,
        protection_enabled=False,
        max_replay_count=1_000_000,
        validity_seconds=604_800,
    )
    table = exported(alice)

    task = take(dave, table, len(odd) + 1)

    assert task.failed_count == 0
    theirs = Site.objects.filter(account=dave.account).order_by("pk")
    assert [portrait(site) for site in theirs] == [portrait(site) for site in alice.account.sites.order_by("pk")]
    assert names(exported(dave)) == names(table)


def test_a_spreadsheet_computes_nothing_of_an_export(alice: Person) -> None:
    create_site(alice.actor, name="=HYPERLINK(1)", allowed_origins=["https://a.example"])
    assert names(exported(alice)) == ["'=HYPERLINK(1)"]


@given(st.text())
def test_whatever_a_cell_holds_is_read_back(text: str) -> None:
    _, line = csv_lines(["text"], [[text]])
    [[cell]] = csv.reader(io.StringIO(line, newline=""))
    assert unguarded(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_an_export_follows_the_filter_of_the_list(alice: Person, shop: Site) -> None:
    create_site(alice.actor, name="Booking", allowed_origins=["https://booking.example"])
    deactivate_site(alice.actor, site_key=shop.site_key)

    assert names(exported(alice)) == ["Shop", "Booking"]
    assert names(exported(alice, q="book")) == ["Booking"]
    assert names(exported(alice, state="inactive")) == ["Shop"]
    assert "/bulk/export.csv?q=book" in read(alice.browser.get("/sitekeys/", {"q": "book"})).links


def test_everybody_exports_what_they_see(alice: Person, victor: Person, erin: Person, bob: Person, shop: Site) -> None:
    create_site(alice.actor, name="Hidden from Bob", allowed_origins=["https://hidden.example"])

    assert names(exported(victor)) == names(exported(erin)) == ["Shop", "Hidden from Bob"]
    assert names(exported(bob)) == ["Shop"]


def test_an_export_takes_as_many_queries_for_many_sites_as_for_one(alice: Person, shop: Site) -> None:
    browser = alice.browser
    browser.get(EXPORT).getvalue()  # notes that she was seen
    with CaptureQueriesContext(connection) as few:
        browser.get(EXPORT).getvalue()
    Site.objects.bulk_create(
        Site(account=alice.account, name=f"Site {number}", allowed_origins=["https://x.example"])
        for number in range(500)
    )
    with CaptureQueriesContext(connection) as many:
        browser.get(EXPORT).getvalue()
    assert len(many) == len(few)


def test_the_template_is_an_import_by_itself(alice: Person) -> None:
    table = alice.browser.get("/bulk/import/template.csv").getvalue().decode()
    assert [line.errors for line in dry_run(alice.actor, table).lines] == [{}, {}]
