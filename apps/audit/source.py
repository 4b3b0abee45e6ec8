"""Where a request comes from: its client's address and its id."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

from apps.audit.record import Source


def source_of(request: HttpRequest, surface: str) -> Source:
    """The request's origin, as the audit log keeps it.

    Args:
        request: one that `config.middleware.EdgeMiddleware` has seen.
        surface: the door it came through: `dashboard`, or a contract's name.
    """
    agent = printable(request.headers.get("User-Agent", ""))
    return Source(surface, client_address(request), agent[:300], request_id(request))


def printable(text: str) -> str:
    """What somebody elsewhere sent, without the characters that cannot be shown."""
    return "".join(character for character in text if character.isprintable())


def request_id(request: HttpRequest) -> str:
    """The id that the answer carries as `X-Request-ID`; empty for a request that came through no middleware."""
    return str(request.META.get("gatehouse.request_id", ""))


def client_address(request: HttpRequest) -> str:
    """The client's IP address, empty where there is none.

    `X-Forwarded-For` is believed as far as `TRUSTED_PROXIES` says, counted from its end, and nothing else is.
    """
    direct = _address(request.META.get("REMOTE_ADDR", ""))
    if not settings.TRUSTED_PROXIES:
        return direct
    hops = request.headers.get("X-Forwarded-For", "").split(",")
    if len(hops) < settings.TRUSTED_PROXIES:
        return direct
    return _address(hops[-settings.TRUSTED_PROXIES]) or direct


def _address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text.strip().removeprefix("[").removesuffix("]"))
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None  # of a dual socket
    return str(mapped or address).partition("%")[0]  # a zone means nothing elsewhere, and may be of any length
