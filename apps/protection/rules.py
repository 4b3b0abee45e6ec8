"""Everything that can be done with single access rules and their groups.

Whoever changes a rule locks the account's `RuleBook` and raises its version: by that number every process knows at
the next request that there is something to read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Count

from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.record import Target, record
from apps.permissions.actor import Actor
from apps.permissions.operation import operation, reading
from apps.permissions.refusals import Conflict
from apps.protection import rule_access as access
from apps.protection.rule_drafts import Draft, Wanted, draft_of
from apps.protection.rule_models import Rule, RuleBook, RuleQuerySet
from apps.sites.models import Site
from apps.tasks.models import Task
from apps.tasks.work import delete_rule_groups

WHOLE_ACCOUNT: Final = "all sites"


class TooManyRules(Conflict):
    """The account has as many rules as it may have."""


@dataclass(frozen=True, slots=True)
class Made:
    """A rule that was made.

    Attributes:
        rule: its row.
        replaces: whether it took the place of one with the same scope.
    """

    rule: Rule
    replaces: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that can be deleted together.

    Attributes:
        name: `ruleGroupId`.
        count: how many there are, expired ones included.
    """

    name: str
    count: int


@operation("createRule", Action.RULE_CREATED, Action.RULE_REPLACED)
def create_rule(actor: Actor, *, wanted: Wanted, site_key: str = "") -> Made:
    """Make a rule, or replace the one with the same conditions on the same site.

    Args:
        actor: who.
        wanted: what it shall be.
        site_key: the site that it acts on; empty for all of the account.

    Raises:
        Invalid: with everything that is wrong, by field.
        NotFound: for a site that the actor may not know of.
        TooManyRules: when the account has as many as it may have.
        Forbidden: without `createRule`, or where the actor may not change the site, or the whole account.
    """
    draft = draft_of(wanted)
    site = access.place_to_write(actor, site_key, permission="createRule")
    return put_rule(actor, draft, site, next_version(actor.own_account_id))


@operation("createRule", Action.RULE_REPLACED, Action.RULE_CREATED, Action.RULE_DELETED)
def change_rule(actor: Actor, *, handle: str, wanted: Wanted, site_key: str = "") -> Made:
    """Put another rule in the place of one; where its scope is another, the old one is deleted.

    Args:
        actor: who.
        handle: of the old one.
        wanted: what shall be there instead.
        site_key: the site that it shall act on; empty for all of the account.

    Raises:
        NotFound: for a rule or a site that the actor may not know of.
        Invalid: with everything that is wrong, by field.
        Forbidden: as of `create_rule`; for another scope also without `deleteRule`.
    """
    draft = draft_of(wanted)
    site = access.place_to_write(actor, site_key, permission="createRule")
    version = next_version(actor.own_account_id)
    old = access.rule_to_write(actor, handle, permission="createRule")
    if draft.handle_at(site) != handle and old.deleted_at is None:
        actor.require("deleteRule")
        _mark_deleted(actor, old, version)
    return put_rule(actor, draft, site, version)


@operation("deleteRule", Action.RULE_DELETED)
def delete_rule(actor: Actor, *, handle: str) -> Rule:
    """Delete a rule; it can be brought back for 7 days. One that was deleted already stays so, without an event.

    Raises:
        NoSuchRule: when there is none that the actor may know of.
        Forbidden: without `deleteRule`, or where the actor may not change the rule's site, or the whole account.
    """
    version = next_version(actor.own_account_id)
    rule = access.rule_to_write(actor, handle, permission="deleteRule")
    if rule.deleted_at is None:
        _mark_deleted(actor, rule, version)
    return rule


@operation("createRule", Action.RULE_RESTORED)
def restore_rule(actor: Actor, *, handle: str) -> Rule:
    """Bring back a rule that was deleted. One that is there stays as it is, without an event.

    Raises:
        NoSuchRule: when there is none that the actor may know of.
        TooManyRules: when the account has as many as it may have.
        Forbidden: without `createRule`, or where the actor may not change the rule's site, or the whole account.
    """
    version = next_version(actor.own_account_id)
    rule = access.rule_to_write(actor, handle, permission="createRule")
    if rule.deleted_at is not None:
        require_room(actor.own_account_id, 1)
        rule.deleted_at, rule.version = None, version
        rule.save(update_fields=["deleted_at", "version"])
        record(actor, Action.RULE_RESTORED, access.target_of(rule), changes=changes_between({}, told_of(rule)))
    return rule


@operation("deleteRuleGroup", Action.RULE_GROUP_DELETED)
def delete_rule_group(actor: Actor, *, group: str) -> int:
    """Delete all rules of a group at once. A group whose rules are gone already stays so, without an event.

    Args:
        actor: who.
        group: its name.

    Returns:
        How many rules were deleted.

    Raises:
        NoSuchGroup: when no rule of it was ever there that the actor may know of.
        Forbidden: without `deleteRuleGroup`, or where the actor may not change one of them; then none is deleted.
    """
    version = next_version(actor.own_account_id)
    rules = access.group_to_write(actor, group, permission="deleteRuleGroup").kept()
    count = rules.update(deleted_at=clock.now(), version=version)
    if count:
        record(actor, Action.RULE_GROUP_DELETED, Target("rule group", group, group), changes={"rules": (count, 0)})
    return count


@operation("deleteRuleGroup", Action.TASK_STARTED)
def start_group_deletion(actor: Actor, *, group: str) -> Task:
    """Start a task that deletes all rules of a group: a group can be as large as an account.

    Args:
        actor: who.
        group: its name.

    Raises:
        NoSuchGroup: when no rule of it was ever there that the actor may know of.
        Forbidden: without `deleteRuleGroup`, or where the actor may not change one of them.
    """
    access.group_to_write(actor, group, permission="deleteRuleGroup")
    return delete_rule_groups(actor, inputs=[{"group": group, "name": group}], title=f"Delete the rules of {group}")


@reading("getRules")
def get_rule(actor: Actor, *, handle: str) -> Rule:
    """One rule, expired ones included.

    Raises:
        NoSuchRule: when there is none that the actor may know of.
        Forbidden: without `getRules`.
    """
    return access.rule_to_read(actor, handle)


@reading("getRules")
def list_rules(actor: Actor) -> RuleQuerySet:
    """The rules that the actor may see, expired ones included, with their sites; to be paged by the caller.

    Raises:
        Forbidden: without `getRules`.
    """
    return Rule.objects.visible_to(actor).kept().select_related("site")


@reading("getRules")
def list_groups(actor: Actor) -> list[Group]:
    """The groups of the rules that the actor may see, by name.

    Raises:
        Forbidden: without `getRules`.
    """
    grouped = Rule.objects.visible_to(actor).kept().exclude(group="").order_by("group")
    return [Group(name, count) for name, count in grouped.values_list("group").annotate(number=Count("pk"))]


def next_version(account_id: UUID) -> int:
    """The version that a change of the account's rules makes; the book is locked until the transaction ends."""
    books = RuleBook.objects.select_for_update()
    book = books.filter(account_id=account_id).first()
    if book is None:
        RuleBook.objects.bulk_create([RuleBook(account_id=account_id)], ignore_conflicts=True)
        book = books.get(account_id=account_id)
    book.version += 1
    book.save(update_fields=["version"])
    return book.version


def require_room(account_id: UUID, wanted: int) -> None:
    """Refuse what would make more rules than an account may have; expired ones make room for it first.

    Raises:
        TooManyRules: saying how many there may be.
    """
    most: int = settings.MOST_RULES_PER_ACCOUNT
    rules = Rule.objects.filter(account_id=account_id)
    if rules.kept().count() + wanted <= most:
        return
    rules.expired(clock.now()).delete()
    if rules.kept().count() + wanted > most:
        raise TooManyRules(f"An account has at most {most:,} rules, and this would be more. Delete some first.")


def put_rule(actor: Actor, draft: Draft, site: Site | None, version: int) -> Made:
    """Write one rule and its event, in the place of the one with the same scope where there is one.

    Raises:
        TooManyRules: when the account has as many as it may have.
    """
    handle = draft.handle_at(site)
    old = Rule.objects.filter(account_id=actor.own_account_id, handle=handle).first()
    replaces = old is not None and old.deleted_at is None
    if not replaces:
        require_room(actor.own_account_id, 1)
        old = Rule.objects.filter(account_id=actor.own_account_id, handle=handle).first()
    before = told_of(old) if old and replaces else {}
    rule = new_row(actor, draft, site, version)
    rule.pk = old.pk if old else None
    rule.save()
    action = Action.RULE_REPLACED if replaces else Action.RULE_CREATED
    record(actor, action, access.target_of(rule), changes=changes_between(before, told_of(rule)))
    return Made(rule, replaces)


def new_row(actor: Actor, draft: Draft, site: Site | None, version: int) -> Rule:
    """A rule that is not stored yet."""
    return Rule(
        account_id=actor.own_account_id,
        site=site,
        handle=draft.handle_at(site),
        version=version,
        created_at=clock.now(),
        created_by_label=actor.label[:320],
        **draft.all_columns,
    )


def told_of(rule: Rule) -> dict[str, Any]:
    """What the audit log says of a rule."""
    return {
        "type": rule.type,
        "conditions": [f"{field}: {value}" for field, value in rule.conditions.items()],
        "site": rule.site.name if rule.site else WHOLE_ACCOUNT,
        "group": rule.group or None,
        "description": rule.description or None,
        "expires_at": rule.expires_at.isoformat() if rule.expires_at else None,
        "defer_to_verify": rule.defers_to_verify or None,
        **rule.options,
    }


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What differs, field by field."""
    names: Iterable[str] = dict.fromkeys([*after, *before])
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _mark_deleted(actor: Actor, rule: Rule, version: int) -> None:
    rule.deleted_at, rule.version = clock.now(), version
    rule.save(update_fields=["deleted_at", "version"])
    record(actor, Action.RULE_DELETED, access.target_of(rule), changes=changes_between(told_of(rule), {}))
