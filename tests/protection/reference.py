"""Prosopo's order of access rules, written down as plainly as it can be, and the cases that it decided.

`python -m tests.protection.reference` prints the cases of `ranking_vectors.json`, always the same.
"""

import json
import random
from ipaddress import ip_address, ip_network
from typing import Any

CASES = 1000
SEED = 20_260_000
NOW = 1_800_000_000  # epoch seconds
ADDRESSES = ["203.0.113.7", "203.0.113.200", "198.51.100.1", "2001:db8::7", "2001:db8:1::9"]
MASKS = ["203.0.113.0/24", "203.0.113.0/28", "203.0.113.7/32", "0.0.0.0/0", "198.51.0.0/16", "2001:db8::/32"]
MASKS += ["2001:db8::/64", "::/0", "2001:db8::7/128"]
COUNTRIES = ["DE", "FR", "ZZ"]
SYSTEMS = ["64496", "64511"]
AGENTS = ["curl/8.0", "Browser"]
PEOPLE = ["u1", "u2"]
PRINTS = ["t13d1516h2", "t13d1517h2"]
POOLS = {
    "ip": ADDRESSES,
    "ipMask": MASKS,
    "userId": PEOPLE,
    "ja4Hash": PRINTS,
    "userAgent": AGENTS,
    "countryCode": COUNTRIES,
    "asn": SYSTEMS,
}
HARSHNESS = ["restrict", "pow", "puzzle", "image", "block"]

Case = dict[str, Any]


def holds(field: str, wanted: str, visitor: dict[str, str]) -> bool:
    """Whether one condition holds."""
    if field == "ipMask":
        return bool(visitor["ip"]) and ip_address(visitor["ip"]) in ip_network(wanted)
    return bool(visitor[field]) and visitor[field] == wanted


def harshness_of(rule: dict[str, Any]) -> int:
    """Block, image, puzzle, pow, plain restrict."""
    return HARSHNESS.index("block" if rule["type"] == "block" else rule["captchaType"] or "restrict")


def winner_of(case: Case) -> int | None:
    """The place of the rule that acts; a scan and a sort."""
    matching = []
    for place, rule in enumerate(case["rules"]):
        is_here = rule["site"] in ("", case["site"])
        is_live = rule["expires"] is None or rule["expires"] > NOW
        if (
            is_here
            and is_live
            and all(holds(field, value, case["visitor"]) for field, value in rule["conditions"].items())
        ):
            points = len(rule["conditions"]) + (1 if rule["site"] else 0)
            matching.append((points, harshness_of(rule), rule["created"], place))
    return max(matching)[3] if matching else None


def make_case(dice: random.Random) -> Case:
    """A visitor at one of two sites, and up to eight rules of different scopes, many of which match."""
    visitor = {field: dice.choice([*pool, ""]) for field, pool in POOLS.items() if field != "ipMask"}
    visitor["ip"] = visitor["ip"] or ADDRESSES[0]
    visitor["countryCode"] = visitor["countryCode"] or "ZZ"
    site = dice.choice("ab")
    rules: dict[str, dict[str, Any]] = {}
    for age in range(dice.randint(1, 8)):
        rule = make_rule(dice, visitor, site, age)
        rules[json.dumps([rule["site"], rule["conditions"]])] = rule
    case: Case = {"visitor": visitor, "site": site, "rules": list(rules.values())}
    return case | {"winner": winner_of(case)}


def make_rule(dice: random.Random, visitor: dict[str, str], site: str, age: int) -> dict[str, Any]:
    """A rule that is often about this very visitor."""
    fields = sorted(dice.sample(sorted(POOLS), dice.choice([1, 1, 2, 2, 3, 4])))
    own = {field: visitor.get(field) for field in fields}
    kind = dice.choice(["block", "restrict", "restrict"])
    return {
        "site": dice.choice(["", "", site, "a"]),
        "conditions": {
            field: own[field] if own[field] and dice.random() < 0.8 else dice.choice(POOLS[field]) for field in fields
        },
        "type": kind,
        "captchaType": "" if kind == "block" else dice.choice(["", "image", "puzzle", "pow"]),
        "created": NOW - 1000 * dice.randint(1, 50) - age,
        "expires": dice.choice([None, None, NOW + 60, NOW - 60]),
    }


if __name__ == "__main__":
    dice = random.Random(SEED)
    lines = [json.dumps(make_case(dice), separators=(",", ":")) for _ in range(CASES)]
    print("[\n" + ",\n".join(lines) + "\n]")
