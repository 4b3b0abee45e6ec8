"""Networks that a key may be used from: lists of CIDR blocks, v4 and v6 (RFC 4632, RFC 4291)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from apps.permissions.refusals import Invalid

MAX_NETWORKS: Final = 50
_LONGEST: Final = 60  # characters
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def parse_networks(texts: Iterable[str], *, field: str = "networks") -> list[str]:
    """Canonical CIDR blocks in their order, without duplicates; none for no restriction.

    Args:
        texts: as typed, such as `203.0.113.0/24`, `2001:db8::/32` or a single address.
        field: the field that an error is about.

    Raises:
        Invalid: for more than 50, or one that is no network; the text shows what was probably meant.
    """
    found = list(dict.fromkeys(_parse(text.strip(), field) for text in texts if text.strip()))
    if len(found) > MAX_NETWORKS:
        raise Invalid({field: f"{field} has {len(found)} networks; at most {MAX_NETWORKS} are allowed."})
    return found


def contains(networks: Sequence[str], address: str) -> bool:
    """Whether `address` lies in one of the networks. Without networks everything does; an unknown address in none."""
    if not networks:
        return True
    client = read_address(address)
    return client is not None and any(client in network for network in _read(tuple(networks)))


def lie_within(inner: Sequence[str], outer: Sequence[str]) -> bool:
    """Whether everything in `inner` is in one network of `outer`; an empty list stands for everywhere."""
    if not outer:
        return True
    return bool(inner) and all(
        any(_is_subnet(network, wider) for wider in _read(tuple(outer))) for network in _read(tuple(inner))
    )


def read_address(text: str) -> Address | None:
    """The address; an IPv4 one that came through an IPv6 socket is IPv4. `None` for what is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def network_around(address: str) -> str:
    """The /24 or /48 around an address, by which uses from one place are recognised; empty for what is none."""
    client = read_address(address)
    if client is None:
        return ""
    return str(ip_network(f"{client}/{24 if client.version == 4 else 48}", strict=False))


def _parse(text: str, field: str) -> str:
    shown = text[:_LONGEST] + ("…" if len(text) > _LONGEST else "")
    try:
        if len(text) > _LONGEST or "%" in text:
            raise ValueError
        network = ip_network(text, strict=False)
    except ValueError:
        example = "A network is a CIDR block, such as 203.0.113.0/24 or 2001:db8::/32."
        raise Invalid({field: f"“{shown}” is no network. {example}"}) from None
    if "/" in text and network.network_address != ip_address(text.split("/")[0]):
        raise Invalid({field: f"“{shown}” has bits behind its prefix. Did you mean {network}?"})
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None and network.prefixlen >= 96:
        meant = f"{network.network_address.ipv4_mapped}/{network.prefixlen - 96}"
        raise Invalid({field: f"“{shown}” is IPv4 written as IPv6. Write {meant}."})
    return str(network)


@lru_cache(maxsize=1024)
def _read(networks: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ip_network(network) for network in networks)


def _is_subnet(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False
