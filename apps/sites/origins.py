"""Origins: the web origins (RFC 6454) that a site's widget may be shown on.

One may stand for every subdomain of a host, at any depth, but not for the host itself: `https://*.example.com`.
Only some contracts take such a wildcard; all of them take back unchanged the one that a site has.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final, Protocol
from urllib.parse import urlsplit

import idna
import tldextract

from apps.permissions.refusals import Invalid

MAX_ORIGINS: Final = 100
MAX_ORIGIN_LENGTH: Final = 300  # characters
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LOCAL_HOSTS: Final = {"localhost", "127.0.0.1", "[::1]"}
_IPV4: Final = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")
_WILDCARD: Final = "*."
_SCHEME: Final = re.compile(r"https?://")
_SUFFIXES: Final = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
"""The Public Suffix List as it came with the library: nothing is fetched."""


class Allowing(Protocol):
    """What says where a site's widget works: a site, or a form about one."""

    allowed_origins: list[str]
    allow_subdomains: bool
    allow_localhost: bool


@dataclass(frozen=True, slots=True)
class Domains:
    """Bare hosts in place of origins, as Prosopo's contract has them; see `parse_domains`."""

    texts: Sequence[str]


class HostsAndOrigins(Domains):
    """Bare hosts among which whole origins may stand, as a table of sites has them; see `parse_hosts_and_origins`."""

    __slots__ = ()


def parse_allowed(given: Sequence[str] | Domains, *, current: Sequence[str] = ()) -> list[str]:
    """Canonical origins, given as such or as domains.

    Args:
        given: as typed.
        current: those that the site has.

    Raises:
        Invalid: as `parse_origins`, `parse_domains` and `parse_hosts_and_origins`.
    """
    if isinstance(given, HostsAndOrigins):
        return parse_hosts_and_origins(given.texts)
    if isinstance(given, Domains):
        return parse_domains(given.texts, current=current)
    return parse_origins(given, kept=[origin for origin in current if is_wildcard(origin)])


def parse_origins(texts: Iterable[str], *, field: str = "allowedOrigins", kept: Collection[str] = ()) -> list[str]:
    """Canonical origins in their order, without duplicates.

    Args:
        texts: as typed, such as `https://App.Example.com:443`.
        field: the field that an error is about.
        kept: the wildcards that are taken; any other is refused.

    Raises:
        Invalid: for none, more than 100, or one that is no origin; the text shows the right form.
    """
    found: dict[str, None] = {}
    for text in texts:
        found[text.strip() if text.strip() in kept else parse_origin(text, field=field)] = None
    if not found:
        raise Invalid({field: f"{field} needs at least one origin, such as https://app.example.com."})
    if len(found) > MAX_ORIGINS:
        raise Invalid({field: f"{field} has {len(found)} origins; at most {MAX_ORIGINS} are allowed."})
    return list(found)


def parse_domains(texts: Iterable[str], *, field: str = "settings.domains", current: Sequence[str] = ()) -> list[str]:
    """The origins that bare hosts stand for, in their order, without duplicates.

    A host that one of the site's origins is shown as stands for that origin, whatever its scheme and port: what
    was read can be written back. Any other stands for `https://` and itself.

    Args:
        texts: as typed, such as `www.Example.com` or `*.example.com`; scheme, `www.` and a slash at the end are cut.
        field: the field that an error is about.
        current: the origins that the site has.

    Raises:
        Invalid: for none, more than 100, a bare `*`, or what is no host.
    """
    shown: dict[str, list[str]] = {}
    for origin in current:
        shown.setdefault(domain_of(origin), []).append(origin)
    found: dict[str, None] = {}
    for text in texts:
        found |= dict.fromkeys(_origins_of(text, shown, field))
    if not found:
        raise Invalid({field: f"{field} needs at least one domain, such as example.com."})
    if len(found) > MAX_ORIGINS:
        raise Invalid({field: f"{field} has {len(found)} domains; at most {MAX_ORIGINS} are allowed."})
    return list(found)


def domain_of(origin: str) -> str:
    """A canonical origin as a domain: its host, and its port where it has one of its own."""
    return origin.split("://", 1)[1]


def parse_hosts_and_origins(texts: Iterable[str], *, field: str = "domain") -> list[str]:
    """The origins that hosts and origins stand for, in their order: any that a site can have, wildcards too.

    Args:
        texts: such as `shop.example`, `*.shop.example` or `http://localhost:8000`; a bare host stands for `https://`.
        field: the field that an error is about.

    Raises:
        Invalid: for none, more than 100, or what is neither.
    """
    typed = list(dict.fromkeys(text.strip() for text in texts))
    if not typed:
        raise Invalid({field: f"{field} is empty. Give at least one, such as shop.example."})
    if len(typed) > MAX_ORIGINS:
        raise Invalid({field: f"{field} has {len(typed)} entries; at most {MAX_ORIGINS} are allowed."})
    found: dict[str, None] = {}
    for text in typed:
        host = text.removeprefix("https://")
        if host.startswith(_WILDCARD):
            found |= dict.fromkeys(parse_domains((host,), field=field))
        else:
            found[_origin_of_host_or_origin(text, field)] = None
    return list(found)


def _origin_of_host_or_origin(text: str, field: str) -> str:
    """The origin that one entry stands for; what is no origin and was not typed as one is refused as a domain."""
    if "://" in text:
        return parse_origin(text, field=field)
    try:
        return parse_origin(f"https://{text}", field=field)
    except Invalid:
        parse_domain(text, field=field)  # refuses it in words about a domain, with the hostname that was meant
        raise


def shortest(origin: str) -> str:
    """A canonical origin as `parse_hosts_and_origins` takes it back: the bare host where that says it all."""
    host = origin.removeprefix("https://")
    return host if host != origin and ":" not in host else origin


def domains_of(origins: Iterable[str]) -> list[str]:
    """Canonical origins as domains, in their order, without duplicates."""
    return list(dict.fromkeys(map(domain_of, origins)))


def is_wildcard(origin: str) -> bool:
    """Whether a canonical origin stands for every subdomain of a host."""
    return domain_of(origin).startswith(_WILDCARD)


def is_allowed(origin: str, allowed: Collection[str]) -> bool:
    """Whether a canonical origin is among those allowed, or below a wildcard among them."""
    if origin in allowed:
        return True
    scheme, host = origin.split("://", 1)
    wildcards = (one.split("://", 1) for one in allowed if is_wildcard(one))
    return any(scheme == its and host.endswith(wild.removeprefix("*")) for its, wild in wildcards)


def is_allowed_on(site: Allowing, origin: str) -> bool:
    """Whether a site's widget works on pages of a canonical origin.

    Args:
        site: whose origins, and whether it takes their subdomains, and the developer's own machine on any port.
        origin: in canonical spelling; a text that is none is not allowed.
    """
    if "://" not in origin:
        return False
    if is_allowed(origin, site.allowed_origins) or (site.allow_localhost and is_local(origin)):
        return True
    return site.allow_subdomains and any(_is_below(origin, one) for one in site.allowed_origins)


def _is_below(origin: str, allowed: str) -> bool:
    """Whether it is of the same scheme and port, on a subdomain at any depth of a host that is one owner's.

    Addresses have no subdomains.
    """
    scheme, host = origin.split("://", 1)
    its_scheme, its_host = allowed.split("://", 1)
    if its_host.startswith("[") or _IPV4.fullmatch(hostname(allowed)):
        return False
    is_below = scheme == its_scheme and host.endswith(f".{its_host.removeprefix(_WILDCARD)}")
    return is_below and not _is_public_suffix(hostname(allowed).removeprefix(_WILDCARD))


def parse_origin(text: str, *, field: str = "origin") -> str:
    """One canonical origin: small letters, host in ASCII, no default port.

    Args:
        text: as typed.
        field: the field that an error is about.

    Raises:
        Invalid: with a sentence that says what is wrong and shows what was probably meant.
    """
    typed = text.strip()
    shown = typed[:80] + ("…" if len(typed) > 80 else "")
    if not typed or len(typed) > MAX_ORIGIN_LENGTH:
        raise Invalid({field: f"An origin has 1 to {MAX_ORIGIN_LENGTH} characters, such as https://app.example.com."})
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError:
        raise _refusal(field, shown, "cannot be read") from None
    if "*" in typed:
        raise _refusal(field, shown, "has a wildcard; name each origin")
    if "://" not in typed:
        raise _refusal(field, shown, "has no scheme", f"https://{typed.split('/')[0]}")
    if parts.scheme not in _DEFAULT_PORTS:
        raise _refusal(field, shown, "is neither http nor https")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _refusal(field, shown, "carries credentials")
    host = _host(parts.hostname or "", field, shown)
    origin = f"{parts.scheme}://{host}" + (f":{port}" if port and port != _DEFAULT_PORTS[parts.scheme] else "")
    if parts.path not in ("", "/") or parts.query or parts.fragment or typed.endswith(("?", "#")):
        raise _refusal(field, shown, "has more than scheme and host", origin)
    if port == 0:
        raise _refusal(field, shown, "has port 0")
    return origin


def parse_domain(text: str, *, field: str = "domain") -> str:
    """A bare hostname: small letters, in ASCII.

    Args:
        text: as typed, such as `Shop.example.com`.
        field: the field that an error is about.

    Raises:
        Invalid: for anything more or less, with the hostname that was probably meant.
    """
    typed = text.strip()
    shown = typed[:80] + ("…" if len(typed) > 80 else "")
    try:
        meant = _host(_bare_host(typed), field, shown)
    except (Invalid, ValueError):
        meant = ""
    if meant.startswith("[") or _IPV4.fullmatch(meant):
        raise _domain_refusal(field, shown, "is an IP address")
    if not meant:
        raise _domain_refusal(field, shown, "is no hostname")
    if not _is_hostname(typed):
        raise _domain_refusal(field, shown, "has more than a hostname", meant)
    return meant


def is_local(origin: str) -> bool:
    """Whether a canonical origin is the developer's own machine."""
    return hostname(origin) in _LOCAL_HOSTS


def hostname(origin: str) -> str:
    """The host of a canonical origin."""
    host = origin.split("://", 1)[1]
    return re.sub(r":\d+$", "", host)


def _origins_of(text: str, shown: dict[str, list[str]], field: str) -> list[str]:
    """The origins that one domain stands for, given those that the site has, by the domain they are shown as."""
    typed = _SCHEME.sub("", text.strip().lower(), count=1).removesuffix("/")
    for spelled in (typed, bare := _without_www(typed)):
        if spelled in shown:
            return shown[spelled]
    host = _domain_host(bare, field)
    return shown.get(host, [f"https://{host}"])


def _without_www(host: str) -> str:
    rest = host.removeprefix("www.")
    return rest if "." in rest else host  # `www.example` is a name of its own


def _domain_host(domain: str, field: str) -> str:
    """The canonical host in a domain, with its wildcard."""
    shown = domain[:80] + ("…" if len(domain) > 80 else "")
    wildcard = _WILDCARD if domain.startswith(_WILDCARD) else ""
    bare = domain.removeprefix(wildcard)
    if domain == "*" or (wildcard and ("." not in bare.strip(".") or _IPV4.fullmatch(bare))):
        raise _domain_refusal(field, shown, "would let the widget work on anybody's pages", "*.example.com")
    if not bare or len(bare) > MAX_ORIGIN_LENGTH or not _is_hostname(bare):
        raise _domain_refusal(field, shown, "is no bare hostname", "example.com or *.example.com")
    try:
        host = _host(bare, field, shown)
    except Invalid:
        raise _domain_refusal(field, shown, "is no hostname", "example.com or *.example.com") from None
    if wildcard and _is_public_suffix(host):
        raise _domain_refusal(field, shown, "would let the widget work on anybody's pages", "*.example.com")
    return wildcard + host


def _is_public_suffix(host: str) -> bool:
    """Whether anybody can have a name below this host, as below `co.uk` or `github.io` (https://publicsuffix.org)."""
    return not _SUFFIXES(f"any.{host}").subdomain


def _bare_host(text: str) -> str:
    """The host in an address that may have a scheme, credentials, a port, a path or a wildcard besides."""
    parts = urlsplit(text if "://" in text else f"//{text}")
    return (parts.hostname or "").removeprefix("*.")


def _is_hostname(text: str) -> bool:
    return not re.search(r"[\s/\\:@?#*\[\]]", text)


def _domain_refusal(field: str, shown: str, problem: str, meant: str = "shop.example.com") -> Invalid:
    return Invalid({field: f"“{shown}” {problem}. A domain is a bare hostname, such as {meant}."})


def _host(host: str, field: str, shown: str) -> str:
    if ":" in host:
        if not _is_ipv6(host):
            raise _refusal(field, shown, "has no valid host")
        return f"[{IPv6Address(host).compressed}]"
    if _IPV4.fullmatch(host) or host == "localhost":
        return host
    try:
        ascii_host = idna.encode(host.rstrip("."), uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise _refusal(field, shown, "has no valid host name") from None
    if not re.search(r"[a-z]", ascii_host.rsplit(".", 1)[-1]):
        raise _refusal(field, shown, "has no valid host name")
    return ascii_host


def _is_ipv6(host: str) -> bool:
    """Whether it is an address without a zone, which means nothing outside one machine."""
    try:
        return IPv6Address(host).scope_id is None
    except ValueError:
        return False


def _refusal(field: str, shown: str, problem: str, meant: str = "https://app.example.com") -> Invalid:
    return Invalid({field: f"“{shown}” {problem}. An origin is scheme and host, such as {meant}."})
