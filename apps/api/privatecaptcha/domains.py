"""Domains as this contract takes them: what is typed is reduced to a host, and a host must be a public name."""

import ipaddress
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final
from urllib.parse import urlsplit

import idna
from django.conf import settings

from apps.api.privatecaptcha.codes import Code, Unusable

FIELD: Final = "domain"
RESOLVING_SECONDS: Final = 2
_LONGEST: Final = 2_000  # characters, of an address with its path
_RESOLVERS: Final = 32  # threads


def read_domain(text: str) -> str:
    """The host in a domain or an address: small letters, in ASCII.

    Args:
        text: as typed, such as `https://Shop.Example.com:8443/cart`.

    Raises:
        Unusable: with the code for what is wrong with it.
    """
    typed = text.strip()
    if not typed:
        raise Unusable(Code.DOMAIN_EMPTY, FIELD)
    host = _host(typed)
    if host == "localhost" or host.endswith(".localhost") or _is_loopback(host):
        raise Unusable(Code.DOMAIN_LOCAL, FIELD)
    if _address(host) is not None or host.rsplit(".", 1)[-1].isdecimal():
        raise Unusable(Code.DOMAIN_IP, FIELD)
    try:
        found = idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise Unusable(Code.DOMAIN_INVALID, FIELD) from None
    if "." not in found or found.rsplit(".", 1)[-1].isdecimal():
        raise Unusable(Code.DOMAIN_INVALID, FIELD)
    return found


def unresolved(domains: Sequence[str]) -> int | None:
    """The place of the first of these domains that has no address; `None` where all have, or none is asked for.

    Asked are the system's name servers, all at once and for two seconds, and only with `VERIFY_DOMAIN_DNS`.
    """
    if not settings.VERIFY_DOMAIN_DNS:
        return None
    asked = {domain: _resolvers.submit(_resolves, domain) for domain in dict.fromkeys(domains)}
    wait(asked.values(), timeout=RESOLVING_SECONDS)
    found = {domain for domain, answer in asked.items() if answer.done() and answer.result()}
    for answer in asked.values():
        answer.cancel()
    return next((place for place, domain in enumerate(domains) if domain not in found), None)


_resolvers: Final = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolver")


def _resolves(domain: str) -> bool:
    try:
        return bool(socket.getaddrinfo(domain, None))
    except OSError:
        return False


def _host(typed: str) -> str:
    """The host, without scheme, credentials, port, path and a dot at its end."""
    if len(typed) > _LONGEST or any(letter.isspace() or not letter.isprintable() for letter in typed):
        raise Unusable(Code.DOMAIN_FORMAT, FIELD)
    if _address(typed.strip("[]")) is not None:
        return typed.strip("[]").lower()
    try:
        parts = urlsplit(typed if "://" in typed else f"//{typed.removeprefix('//')}")
        _ = parts.port  # which is looked at only now
        host = (parts.hostname or "").removesuffix(".")
    except ValueError:
        raise Unusable(Code.DOMAIN_FORMAT, FIELD) from None
    if not host:
        raise Unusable(Code.DOMAIN_FORMAT, FIELD)
    return host


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return address is not None and (address.is_loopback or address.is_unspecified)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
