"""Restrictions that add nothing, because a site asks everybody for as much already.

Such a rule is not refused: it may be meant for a site that gets easier, it keeps less specific rules from acting, and
levels change without it. But whoever made it should know.
"""

from typing import Final

from apps.permissions.actor import Actor
from apps.protection.rule_models import Rule, RuleType
from apps.sites.difficulty import LEVELS, pow_difficulty_of
from apps.sites.models import Site, SiteQuerySet

MOST_NAMED: Final = 3  # sites


def said_of(actor: Actor, rule: Rule) -> str:
    """Where a rule adds nothing now, as far as the actor sees the sites; empty where it adds something everywhere."""
    level = _idle_from(rule)
    if level is None or rule.has_expired:
        return ""
    if rule.site is not None:
        return _at_site(rule, rule.site) if rule.site.level >= level else ""
    return _at_sites(Site.objects.visible_to(actor), level)


def _idle_from(rule: Rule) -> int | None:
    """The lowest level of a site at which a restriction adds nothing; the higher ones are like it."""
    if rule.type != RuleType.RESTRICT:
        return None
    return next((level for level in LEVELS if rule.level_at(level) <= level), None)


def _at_site(rule: Rule, site: Site) -> str:
    start = f"This rule adds nothing now: “{site.name}” asks everybody for level {site.level} already"
    if rule.pow_difficulty is None:
        return f"{start}, and there is none above it."
    return (
        f"{start}, which is difficulty {pow_difficulty_of(site.level)}. Choose a higher one, or let it raise the level."
    )


def _at_sites(sites: SiteQuerySet, level: int) -> str:
    idle = sites.filter(level__gte=level).order_by("name", "pk")
    count, total = idle.count(), sites.count()
    if not count:
        return ""
    if count == total:
        where = "at the one site that you see" if total == 1 else f"at any of the {total:,} sites that you see"
        return f"This rule adds nothing now {where}: as much is asked of everybody there already."
    names = ", ".join(f"“{name}”" for name in idle.values_list("name", flat=True)[:MOST_NAMED])
    others = f" and {count - MOST_NAMED:,} more" if count > MOST_NAMED else ""
    return (
        f"This rule adds nothing now at {count:,} of the {total:,} sites that you see, where as much is asked of "
        f"everybody already: {names}{others}."
    )
