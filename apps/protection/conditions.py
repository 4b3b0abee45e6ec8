"""What an access rule asks of a visitor: the seven fields, their canonical spelling, and the handle of a scope."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from apps.api_keys.networks import Network, read_address
from apps.audit.source import printable
from apps.permissions.refusals import Invalid

UNKNOWN_COUNTRY: Final = "ZZ"
"""The country of an address that the country database does not know; ISO 3166-1 leaves the code to its users."""

LARGEST_ASN: Final = 4_294_967_295  # RFC 6793
LONGEST_VALUE: Final = 300  # characters; as much of a user agent is kept
_COUNTRY: Final = re.compile(r"[A-Za-z]{2}")
_ASN: Final = re.compile(r"(?:AS)?([0-9]{1,10})", re.IGNORECASE)
_SHOWN: Final = 60  # characters


class Field(StrEnum):
    """What a condition is about; the names are Prosopo's."""

    IP = "ip"
    IP_MASK = "ipMask"
    USER_ID = "userId"
    JA4 = "ja4Hash"
    USER_AGENT = "userAgent"
    COUNTRY = "countryCode"
    ASN = "asn"

    @property
    def label(self) -> str:
        """The field for a reader."""
        return _LABELS[self]


_LABELS: Final = {
    Field.IP: "Address",
    Field.IP_MASK: "Network",
    Field.USER_ID: "User id",
    Field.JA4: "JA4 fingerprint",
    Field.USER_AGENT: "User agent",
    Field.COUNTRY: "Country",
    Field.ASN: "Autonomous system",
}

Conditions = Mapping[Field, str]
"""Each field's wanted value in its canonical spelling, in the order of `Field`."""


def parse_conditions(given: Iterable[tuple[str, str | int]]) -> dict[Field, str]:
    """The conditions of a rule in their canonical spelling and order.

    Args:
        given: a field's name and the value that it must have, each field once.

    Raises:
        Invalid: for an unknown field, one that is named twice, a value that cannot be meant, or no condition at all.
    """
    found: dict[Field, str] = {}
    for name, value in given:
        if name not in {*Field}:
            known = ", ".join(Field)
            raise Invalid({"conditions": f"“{name[:_SHOWN]}” is no field of a condition. The fields are {known}."})
        field = Field(name)
        if field in found:
            raise Invalid({"conditions": f"{field} is given twice. A rule names each field once."})
        found[field] = canonical(field, str(value))
    if not found:
        raise Invalid({"conditions": "A rule needs at least one condition; without one it would act on everybody."})
    return {field: found[field] for field in Field if field in found}


def canonical(field: Field, text: str) -> str:
    """The one spelling that a value is stored and compared in.

    Raises:
        Invalid: under the field's name, with an example of what would be right.
    """
    text = clean_user_agent(text).strip() if field is Field.USER_AGENT else text.strip()
    if not text:  # an empty condition would be none, and a rule without any acts on everybody
        raise Invalid({field: f"{field} is empty. Leave the condition out, or give it a value."})
    match field:
        case Field.IP:
            return _address(text)
        case Field.IP_MASK:
            return str(_network(text))
        case Field.COUNTRY:
            return _country(text)
        case Field.ASN:
            return _asn(text)
        case Field.USER_AGENT:
            return text
        case Field.USER_ID | Field.JA4:
            return _plain(field, text)


def clean_user_agent(text: str) -> str:
    """A user agent as visitors carry it: printable characters only, at most 300."""
    return printable(text)[:LONGEST_VALUE]


def handle_of(conditions: Conditions, site_key: str) -> str:
    """The handle of a scope, `userScopeHash` on the wire: SHA-256 over its canonical conditions and its site.

    Args:
        conditions: as `parse_conditions` gives them.
        site_key: of the rule's site; empty for a rule of the whole account.
    """
    scope = json.dumps([site_key, sorted(conditions.items())], separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(scope.encode()).hexdigest()


def is_network(text: str) -> bool:
    """Whether a text is meant as a network and not as a single address."""
    return "/" in text


def _address(text: str) -> str:
    address = None if "%" in text or len(text) > _SHOWN else read_address(text)
    if address is None:
        raise Invalid({Field.IP: f"“{text[:_SHOWN]}” is no IP address, such as 203.0.113.7 or 2001:db8::7."})
    return str(address)


def _network(text: str) -> Network:
    """The network without bits behind its prefix; IPv4 written as IPv6 is IPv4."""
    try:
        if "%" in text or len(text) > _SHOWN:
            raise ValueError
        network = ip_network(text, strict=False)
    except ValueError:
        example = "such as 203.0.113.0/24 or 2001:db8::/32."
        raise Invalid({Field.IP_MASK: f"“{text[:_SHOWN]}” is no network in CIDR notation, {example}"}) from None
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is not None and network.prefixlen >= 96:
        return IPv4Network((mapped, network.prefixlen - 96))
    return network


def _country(text: str) -> str:
    if text.lower() == "unknown":
        return UNKNOWN_COUNTRY
    if not _COUNTRY.fullmatch(text):
        hint = f"such as DE, or {UNKNOWN_COUNTRY} for an address whose country is not known."
        raise Invalid({Field.COUNTRY: f"“{text[:_SHOWN]}” is no country code of two letters, {hint}"})
    return text.upper()


def _asn(text: str) -> str:
    match = _ASN.fullmatch(text)
    number = int(match[1]) if match else 0
    if not 1 <= number <= LARGEST_ASN:
        raise Invalid({Field.ASN: f"“{text[:_SHOWN]}” is no number of an autonomous system, such as 64496 or AS64496."})
    return str(number)


def _plain(field: Field, text: str) -> str:
    if len(text) > LONGEST_VALUE or not text.isprintable():
        limit = f"at most {LONGEST_VALUE} printable characters"
        raise Invalid({field: f"{field} has {len(text)} characters; it has {limit}."})
    return text
