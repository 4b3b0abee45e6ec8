"""How long finding the rule that acts takes, beside a scan of all rules: `.venv/bin/python bench/rules.py`.

On a SQLite database of its own: accounts with 10, 1,000 and 100,000 rules, three quarters of them networks of IPv4 and
IPv6 in a dozen lengths of prefixes, the rest addresses, user agents and rules with two conditions, one in ten for a
single site. Asked for are addresses in a network of the rules, and addresses in none. The scan asks each rule in turn
for the same visitor, and keeps the best one; both must agree. Also: how long a process takes to read the rules whole
and after one change, and the memory that they hold.
"""

import os
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
SIZES: Final = (10, 1_000, 100_000)
VISITORS: Final = 400
SCANNED: Final = {10: 400, 1_000: 100, 100_000: 4}  # visitors, so that the scan of many rules does not take minutes
PREFIXES: Final = {4: (12, 16, 20, 22, 23, 24, 26, 28), 6: (32, 40, 48, 64)}


def main() -> None:
    """Make the accounts, measure, print a table."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ |= {"DATA_DIR": folder, "DATABASE_URL": "", "LOG_LEVEL": "ERROR"}
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print(
            f"{'rules':>8} {'found, µs':>10} {'99 %, µs':>9} {'scan, µs':>12}"
            f" {'read whole':>11} {'one change':>11} memory"
        )
        for size in SIZES:
            measure(size)


def measure(size: int) -> None:
    """One line of the table."""
    from apps.accounts.models import Account
    from apps.protection import matching
    from apps.sites.models import Site

    dice = random.Random(size)
    account = Account.objects.create(name=str(size))
    site = Site.objects.create(account=account, name="Site", allowed_origins=["https://site.example"])
    rules = make_rules(dice, account, site, size)
    site.rules_version = 1  # type: ignore[attr-defined]  # as `with_rules_version` reads it along with the site
    visitors = make_visitors(dice, rules)
    tracemalloc.start()
    read_whole = timed(lambda: matching.winner(site, visitors[0]))
    memory, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    matching.forget_all()
    read_whole = timed(lambda: matching.winner(site, visitors[0]))
    found = [timed(lambda one=visitor: matching.winner(site, one)) for visitor in visitors]  # type: ignore[misc]
    scanned = []
    for visitor in visitors[: SCANNED[size]]:
        scanned.append(timed(lambda one=visitor: scan(rules, site, one)))  # type: ignore[misc]
        best, hit = scan(rules, site, visitor), matching.winner(site, visitor)
        assert (best.handle if best else "") == (hit.handle if hit else "")
    changed = after_one_change(account, site, rules[0], visitors[0])
    micro = 1_000_000
    print(
        f"{size:>8,} {statistics.median(found) * micro:>10.1f} {statistics.quantiles(found, n=100)[98] * micro:>9.1f}"
        f" {statistics.median(scanned) * micro:>12,.1f} {read_whole:>9.3f} s {changed * 1000:>8.2f} ms"
        f" {memory / 1e6:.1f} MB"
    )


def make_rules(dice: random.Random, account: Any, site: Any, size: int) -> list[Any]:
    """Rules of different scopes, stored."""
    from apps.protection.conditions import Field, handle_of
    from apps.protection.rule_models import COLUMNS, Rule, RuleBook

    RuleBook.objects.create(account=account, version=1)
    rules: dict[str, Any] = {}
    while len(rules) < size:
        values = conditions(dice)
        ordered = {field: values[field] for field in Field if field in values}
        place = site if dice.random() < 0.1 else None
        handle = handle_of(ordered, place.site_key if place else "")
        columns = {COLUMNS[field]: value for field, value in ordered.items()}
        kind = dice.choice(("block", "restrict"))
        rules[handle] = Rule(account=account, site=place, handle=handle, type=kind, version=1, **columns)
    Rule.objects.bulk_create(rules.values(), batch_size=1000)
    return list(rules.values())


def conditions(dice: random.Random) -> dict[Any, str]:
    """What one rule asks for."""
    from apps.protection.conditions import Field

    choice = dice.random()
    if choice < 0.75:
        version = dice.choice((4, 4, 4, 6))
        address, length = random_address(dice, version), dice.choice(PREFIXES[version])
        values = {Field.IP_MASK: str(ip_network(f"{address}/{length}", strict=False))}
    elif choice < 0.9:
        values = {Field.IP: str(random_address(dice, 4))}
    else:
        values = {Field.USER_AGENT: f"agent {dice.randrange(10**9)}"}
    if dice.random() < 0.1:
        values[Field.COUNTRY] = dice.choice(("DE", "FR", "US"))
    return values


def random_address(dice: random.Random, version: int) -> Any:
    """An address of either family."""
    return ip_address(dice.randrange(2**32) if version == 4 else 0x2001 << 112 | dice.getrandbits(100))


def make_visitors(dice: random.Random, rules: list[Any]) -> list[Any]:
    """Half of them in a network or at an address of a rule, half of them anywhere."""
    from apps.protection.visitors import Visitor

    visitors = []
    for number in range(VISITORS):
        rule = dice.choice(rules)
        near = rule.ip or rule.ip_mask.split("/")[0]
        address = near if number % 2 and near else str(random_address(dice, 4))
        visitors.append(Visitor(address, "Browser", dice.choice(("DE", "FR", "")), 64496))
    return visitors


def scan(rules: list[Any], site: Any, visitor: Any) -> Any:
    """The naive way: ask each rule; `None` when none acts."""
    from apps.protection.conditions import Field
    from apps.protection.matching import facts_of
    from apps.protection.rule_index import HARSHNESS

    facts, address, best, best_rank = facts_of(visitor), ip_address(visitor.address), None, (0,)
    for rule in rules:
        if rule.site_id not in (None, site.pk):
            continue
        for field, value in rule.conditions.items():
            if field is Field.IP_MASK:
                network = ip_network(value)
                if network.version != address.version or address not in network:
                    break
            elif facts.get(field) != value:
                break
        else:
            harsh = 4 if rule.type == "block" else HARSHNESS[rule.captcha_type]
            points = len(rule.conditions) + (rule.site_id is not None)
            rank = (points, harsh, rule.created_at.timestamp(), rule.pk)
            if best is None or rank > best_rank:
                best, best_rank = rule, rank
    return best


def after_one_change(account: Any, site: Any, rule: Any, visitor: Any) -> float:
    """Seconds that the first request takes after one rule has changed."""
    from apps.protection import matching
    from apps.protection.rule_models import Rule, RuleBook

    RuleBook.objects.filter(account=account).update(version=2)
    Rule.objects.filter(pk=rule.pk).update(version=2, description="changed")
    site.rules_version = 2
    return timed(lambda: matching.winner(site, visitor))


def timed(act: Callable[[], Any]) -> float:
    """Seconds of the processor that it takes: others may be at work on the machine."""
    begun = time.process_time()
    act()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
