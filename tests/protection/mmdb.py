"""A small writer of MMDB files (https://maxmind.github.io/MaxMind-DB/), enough for what tests look up."""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

MARKER = b"\xab\xcd\xefMaxMind.com"
RECORD_BITS = 32
Node = list[Any]  # two records: a node, the place of some data, or None


def write_mmdb(path: Path, networks: Mapping[str, Mapping[str, Any]], *, kind: str = "Test") -> Path:
    """Write a database of networks, IPv4 and IPv6, each with its record.

    Args:
        path: the file.
        networks: CIDR block → what is known of it.
        kind: the database's own name.
    """
    root: Node = [None, None]
    section = bytearray()
    for text, record in networks.items():
        place = len(section)
        section += encoded(dict(record))
        insert(root, text, place)
    nodes = numbered(root)
    numbers = {id(node): number for number, node in enumerate(nodes)}
    tree = b"".join(
        record_of(child, numbers, len(nodes)).to_bytes(RECORD_BITS // 8, "big") for node in nodes for child in node
    )
    metadata = {
        "node_count": len(nodes),
        "record_size": RECORD_BITS,
        "ip_version": 6,
        "database_type": kind,
        "languages": [],
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1_700_000_000,
        "description": {},
    }
    draft = path.with_suffix(".draft")
    draft.write_bytes(tree + bytes(16) + bytes(section) + MARKER + encoded(metadata))
    return draft.replace(path)


def insert(root: Node, text: str, place: int) -> None:
    """Hang the place of some data under a network; IPv4 lies at ::/96."""
    network = ip_network(text)
    length = network.prefixlen + (96 if network.version == 4 else 0)
    number, node = int(network.network_address), root
    for depth in range(length):
        bit = number >> (127 - depth) & 1
        if depth == length - 1:
            node[bit] = place
            return
        if not isinstance(node[bit], list):
            node[bit] = [None, None]
        node = node[bit]


def numbered(root: Node) -> list[Node]:
    """Every node, the root first."""
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop(0)
        found.append(node)
        waiting += [child for child in node if isinstance(child, list)]
    return found


def record_of(child: Any, numbers: Mapping[int, int], count: int) -> int:
    """What stands in a node: another one, nothing, or the place of some data."""
    if child is None:
        return count
    return numbers[id(child)] if isinstance(child, list) else count + 16 + child


def encoded(value: Any) -> bytes:
    """A value in the data section's format."""
    match value:
        case str():
            content = value.encode()
            return control(2, len(content)) + content
        case int():
            content = value.to_bytes((value.bit_length() + 7) // 8, "big")
            return control(9 if len(content) > 4 else 6, len(content)) + content
        case dict():
            pairs = b"".join(encoded(key) + encoded(inner) for key, inner in value.items())
            return control(7, len(value)) + pairs
        case list():
            return control(11, len(value)) + b"".join(map(encoded, value))
    raise TypeError(value)


def control(kind: int, size: int) -> bytes:
    """The byte, or bytes, that say what follows; no size over 284 is needed here."""
    low, rest = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return (bytes([kind << 5 | low]) if kind < 8 else bytes([low, kind - 7])) + rest
