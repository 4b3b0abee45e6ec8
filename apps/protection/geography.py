"""Where an address is: its country and its autonomous system, from MMDB files that an operator may give.

The files are named by `GEOIP_COUNTRY_DB` and `GEOIP_ASN_DB`; both are optional. A file that is replaced is read anew
within seconds, without a restart. One that is missing or broken stops the start; one that breaks later is kept as it
was, and the log says so.
"""

import os
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

import maxminddb
import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.api_keys.networks import read_address

LOOKED_AT_EVERY_SECONDS: Final = 5.0
_UNREADABLE: Final = (OSError, ValueError, maxminddb.InvalidDatabaseError)

log = structlog.get_logger(__name__)

_Stamp = tuple[int, int, int]


@dataclass(slots=True)
class _Database:
    """One file, as it was last read.

    Attributes:
        setting: the setting that names it.
        path: the file; empty before it was opened.
        stamp: what its place on the disk looked like at the last look.
        reader: what answers; `None` where no file is named.
        looked_at: when the file was last looked at, by the monotonic clock.
    """

    setting: str
    path: str = ""
    stamp: _Stamp | None = None
    reader: maxminddb.Reader | None = None
    looked_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


_countries: Final = _Database("GEOIP_COUNTRY_DB")
_systems: Final = _Database("GEOIP_ASN_DB")


def locate(address: str) -> tuple[str, int]:
    """Country and autonomous system of an address.

    Args:
        address: IPv4 or IPv6; anything else is nowhere.

    Returns:
        The ISO 3166-1 code in capitals, empty where it is not known; and the number, 0 where it is not known.
    """
    return _country_in(_found(_countries, address)), _number_in(_found(_systems, address))


def knows_countries() -> bool:
    """Whether there is a database of countries: only then is an unknown one worth a word."""
    return bool(settings.GEOIP_COUNTRY_DB)


def knows_systems() -> bool:
    """Whether there is a database of autonomous systems."""
    return bool(settings.GEOIP_ASN_DB)


def require_databases() -> None:
    """Open the files that the settings name; call it when a process starts.

    Raises:
        ImproperlyConfigured: naming the setting and the file, for one that cannot be read.
    """
    for database in (_countries, _systems):
        path = getattr(settings, database.setting)
        if not path:
            continue
        try:
            maxminddb.open_database(path, maxminddb.MODE_MEMORY).close()
        except _UNREADABLE as error:
            raise ImproperlyConfigured(
                f"{database.setting} names {path}, which is no MMDB file that can be read: {error}. "
                "Put the file there, or take the setting away."
            ) from error


def _found(database: _Database, address: str) -> dict[str, Any]:
    """What the database says of the address; nothing where it knows nothing, or there is none."""
    reader = _reader(database)
    client = read_address(address)
    if reader is None or client is None:
        return {}
    try:
        record = reader.get(client)
    except _UNREADABLE as error:  # an IPv6 address in a database of IPv4 alone, or a part of the file that is broken
        log.debug("geography.not_found", setting=database.setting, reason=str(error))
        return {}
    return record if isinstance(record, dict) else {}


def _reader(database: _Database) -> maxminddb.Reader | None:
    """The reader of the file as it is now, or was seconds ago."""
    path: str = getattr(settings, database.setting)
    now = time.monotonic()
    if path == database.path and now - database.looked_at < LOOKED_AT_EVERY_SECONDS:
        return database.reader
    with database.lock:
        if path != database.path:
            database.path, database.stamp, database.reader = path, None, None
        database.looked_at = now
        if path:
            _read_if_changed(database)
        return database.reader


def _read_if_changed(database: _Database) -> None:
    """Read the file if it is another than before. Readers of the old one go on: nothing of it is on the disk."""
    try:
        status = os.stat(database.path)
        stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
        if stamp == database.stamp:
            return
        database.stamp = stamp
        database.reader = maxminddb.open_database(database.path, maxminddb.MODE_MEMORY)
        log.info("geography.read", setting=database.setting, path=database.path)
    except _UNREADABLE as error:
        log.warning("geography.unreadable", setting=database.setting, path=database.path, reason=str(error))


def _country_in(record: dict[str, Any]) -> str:
    """The country in MaxMind's and DB-IP's form (`country.iso_code`), or IPinfo's (`country_code`, `country`)."""
    country = record.get("country")
    code = country.get("iso_code") if isinstance(country, dict) else record.get("country_code") or country
    return code.upper() if isinstance(code, str) and len(code) == 2 and code.isascii() and code.isalpha() else ""


def _number_in(record: dict[str, Any]) -> int:
    """The number in MaxMind's and DB-IP's form (`autonomous_system_number`), or IPinfo's (`asn`, as `AS64496`)."""
    number = record.get("autonomous_system_number", record.get("asn", 0))
    if isinstance(number, str):
        digits = number.upper().removeprefix("AS")
        number = int(digits) if digits.isascii() and digits.isdecimal() else 0
    return number if isinstance(number, int) and number > 0 else 0
