"""What the requests of one client are counted under, wherever a limit is about an address."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

IPV6_NETWORK: Final = 64  # bits: one household or one machine, which may use any address in it


def counted_as(address: str) -> str:
    """The address itself for IPv4, also where it is written as IPv6; for IPv6 its /64; empty for what is none.

    Args:
        address: in any spelling.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((int(parsed), IPV6_NETWORK), strict=False))
