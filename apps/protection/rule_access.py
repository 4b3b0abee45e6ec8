"""Access returns the rule or refuses.

A rule of a site is its readers' to see and its writers' to change. A rule of the whole account acts on everybody's
sites: whoever belongs to the account sees it, and owners and admins alone make or delete one. A key that is limited to
selected sites, or to one organization, knows only the rules of its sites, whoever made it.
"""

from typing import Final

from apps.audit.record import Target
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.refusals import Forbidden, NotFound
from apps.permissions.roles import MANAGES_ALL_SITES
from apps.protection.rule_models import Rule, RuleQuerySet
from apps.sites import access as sites
from apps.sites.access import Level
from apps.sites.models import Site

NO_SUCH_RULE: Final = "There is no such rule here. It may have been deleted, or have expired a week ago."
NO_SUCH_GROUP: Final = "There is no rule in this group here. Check its name."


class NoSuchRule(NotFound):
    """There is no such rule that the actor may know of."""


class NoSuchGroup(NotFound):
    """There is no rule in this group that the actor may know of."""


def target_of(rule: Rule) -> Target:
    """The rule as the audit log names it."""
    return Target("rule", rule.handle, str(rule)[:320])


def place_to_write(actor: Actor, site_key: str, *, permission: str) -> Site | None:
    """Where a rule shall act: on the site with this key, locked until the transaction ends, or on all of the account.

    Args:
        actor: who.
        site_key: in any contract's spelling; empty for the whole account.
        permission: what it is for.

    Raises:
        NoSuchSite: when there is none that the actor may know of.
        Forbidden: when the actor may not change it, or not the whole account.
    """
    if site_key:
        return sites.site_to_write(actor, site_key, permission=permission)
    _require_whole_account(actor, permission)
    return None


def rule_to_read(actor: Actor, handle: str) -> Rule:
    """The rule with this handle, expired ones included.

    Raises:
        NoSuchRule: when there is none that the actor may know of.
    """
    return _found(Rule.objects.visible_to(actor).kept().filter(handle=handle))


def rule_to_write(actor: Actor, handle: str, *, permission: str, is_kept: bool = False) -> Rule:
    """The rule with this handle, also one that was deleted and can still be brought back.

    Args:
        actor: who.
        handle: of the rule.
        permission: what it is for.
        is_kept: whether only a rule will do that was not deleted.

    Raises:
        NoSuchRule: when there is none that the actor may know of.
        Forbidden: when the actor may not change it.
    """
    rules = Rule.objects.visible_to(actor).filter(handle=handle)
    rule = _found(rules.kept() if is_kept else rules)
    _require_place(actor, rule.site, permission, target_of(rule))
    return rule


def group_to_write(actor: Actor, group: str, *, permission: str) -> RuleQuerySet:
    """The rules of a group, deleted ones included; none where the last of them was purged since.

    Raises:
        NoSuchGroup: when there is none that the actor may know of.
        Forbidden: when there is one among them that the actor may not change.
    """
    rules = Rule.objects.visible_to(actor).filter(group=group)
    if not group or "\0" in group or not rules.exists():
        raise NoSuchGroup(NO_SUCH_GROUP)
    kept = rules.kept()
    if kept.filter(site=None).exists():
        _require_whole_account(actor, permission, Target("rule group", group, group))
    places = Site.objects.filter(pk__in=kept.exclude(site=None).values("site_id"))
    for site in places:
        sites.require_level(actor, site, Level.WRITE, permission)
    return rules


def may_write(actor: Actor, rule: Rule) -> bool:
    """Whether the actor could change or delete the rule: for pages that show or hide a button."""
    if rule.site is None:
        return writes_whole_account(actor)
    return sites.level_of(actor, rule.site) >= Level.WRITE


def writes_whole_account(actor: Actor) -> bool:
    """Whether the actor may make rules that act on all of the account's sites."""
    return actor.reaches_all_sites and (actor.kind is ActorKind.SYSTEM or actor.role in MANAGES_ALL_SITES)


def _require_place(actor: Actor, site: Site | None, permission: str, target: Target) -> None:
    if site is None:
        _require_whole_account(actor, permission, target)
    else:
        sites.require_level(actor, site, Level.WRITE, permission)


def _require_whole_account(actor: Actor, permission: str, target: Target | None = None) -> None:
    if writes_whole_account(actor):
        return
    if not actor.reaches_all_sites:
        why = "This API key reaches some sites only, and a rule without a site acts on all of them. Name a site."
    else:
        why = "A rule without a site acts on all of the account, which only owners and admins change. Name a site."
    raise Forbidden(why, permission=permission, target=target)


def _found(rules: RuleQuerySet) -> Rule:
    rule = rules.select_related("site").first()
    if rule is None:
        raise NoSuchRule(NO_SUCH_RULE)
    return rule
