"""Country and system of an address, from files that an operator gives and replaces while processes run."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from apps.protection import geography
from apps.protection.rule_drafts import Wanted
from apps.protection.rules import create_rule
from apps.sites.models import Site
from tests.people import Person
from tests.protection.mmdb import write_mmdb
from tests.protection.solving import ask

COUNTRIES: dict[str, dict[str, Any]] = {
    "203.0.113.0/24": {"country": {"iso_code": "DE"}},
    "2001:db8::/32": {"country": {"iso_code": "FR"}},
    "198.51.100.0/24": {"country_code": "us"},
    "192.0.2.0/25": {"country": {}},
    "192.0.2.128/25": {"country": "nowhere"},
}
SYSTEMS: dict[str, dict[str, Any]] = {
    "203.0.113.0/24": {"autonomous_system_number": 64496},
    "2001:db8::/32": {"asn": "AS4200000000"},
    "192.0.2.0/24": {"asn": "ASx"},
}


@pytest.fixture
def databases(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both files; each look-up looks whether they have changed."""
    monkeypatch.setattr(geography, "LOOKED_AT_EVERY_SECONDS", 0.0)
    settings.GEOIP_COUNTRY_DB = str(write_mmdb(tmp_path / "country.mmdb", COUNTRIES))
    settings.GEOIP_ASN_DB = str(write_mmdb(tmp_path / "asn.mmdb", SYSTEMS))
    return tmp_path


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", ("DE", 64496)),
        ("::ffff:203.0.113.7", ("DE", 64496)),
        ("2001:db8::7", ("FR", 4_200_000_000)),
        ("198.51.100.9", ("US", 0)),
        ("192.0.2.1", ("", 0)),
        ("192.0.2.200", ("", 0)),
        ("8.8.8.8", ("", 0)),
        ("", ("", 0)),
        ("not an address", ("", 0)),
    ],
)
def test_an_address_is_located_in_each_vendors_form(databases: Path, address: str, place: tuple[str, int]) -> None:
    assert geography.locate(address) == place


def test_without_files_nothing_is_known(settings: Any) -> None:
    settings.GEOIP_COUNTRY_DB = settings.GEOIP_ASN_DB = ""
    assert geography.locate("203.0.113.7") == ("", 0)
    assert not geography.knows_countries()
    geography.require_databases()


def test_a_file_that_is_replaced_is_read_anew(databases: Path) -> None:
    assert geography.locate("203.0.113.7")[0] == "DE"
    write_mmdb(databases / "country.mmdb", {"203.0.113.0/24": {"country": {"iso_code": "AT"}}})
    assert geography.locate("203.0.113.7")[0] == "AT"


@pytest.mark.parametrize("content", [b"", b"not an MMDB file", None], ids=["empty", "other", "missing"])
def test_a_file_that_breaks_later_is_kept_as_it_was(databases: Path, content: bytes | None) -> None:
    assert geography.locate("203.0.113.7")[0] == "DE"
    if content is None:
        os.unlink(databases / "country.mmdb")
    else:
        (databases / "country.mmdb").write_bytes(content)
    assert geography.locate("203.0.113.7") == ("DE", 64496)


@pytest.mark.parametrize("content", [b"", b"not an MMDB file", None], ids=["empty", "other", "missing"])
def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path, settings: Any, content: bytes | None) -> None:
    path = tmp_path / "country.mmdb"
    if content is not None:
        path.write_bytes(content)
    settings.GEOIP_COUNTRY_DB = str(path)
    with pytest.raises(ImproperlyConfigured, match=r"GEOIP_COUNTRY_DB names .*country\.mmdb"):
        geography.require_databases()
    assert geography.locate("203.0.113.7")[0] == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "blocked"),
    [
        ("countryCode", "DE", "203.0.113.7"),
        ("countryCode", "ZZ", "8.8.8.8"),
        ("asn", "64496", "203.0.113.7"),
    ],
)
def test_a_rule_about_a_place_blocks_who_comes_from_there(
    databases: Path, site: Site, alice: Person, field: str, value: str, blocked: str
) -> None:
    create_rule(alice.actor, wanted=Wanted("block", [(field, value)]))
    addresses = ("203.0.113.7", "2001:db8::7", "8.8.8.8")
    statuses = {address: ask(site, address=address).status_code for address in addresses}
    assert statuses == {address: 403 if address == blocked else 200 for address in statuses}
