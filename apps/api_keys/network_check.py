"""What networks would mean for somebody who is typing them: whether they themselves would be let in."""

from dataclasses import dataclass

from apps.api_keys.networks import contains, parse_networks
from apps.permissions.refusals import Invalid


@dataclass(frozen=True, slots=True)
class NetworkCheck:
    """Networks as typed, and one address.

    Attributes:
        address: the reader's own; empty where it is not known.
        networks: as the key would hold them; none for everywhere.
        error: what is wrong with what was typed; empty where nothing is.
        lets_in: whether the address would be let in.
    """

    address: str
    networks: list[str]
    error: str
    lets_in: bool


def check_of(typed: str, address: str) -> NetworkCheck:
    """What the typed networks mean for the address.

    Args:
        typed: separated by white space or commas.
        address: where the reader is.
    """
    try:
        networks = parse_networks(typed.replace(",", " ").split())
    except Invalid as invalid:
        return NetworkCheck(address, [], str(invalid), False)
    return NetworkCheck(address, networks, "", contains(networks, address))
