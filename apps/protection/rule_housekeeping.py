"""What tasks and the clock do with access rules."""

from datetime import timedelta
from typing import Any, Final

from django_tasks import task

from apps.audit import clock
from apps.permissions.actor import Actor
from apps.protection import proposing, rules
from apps.protection.rule_models import Rule
from apps.protection.suggestion_models import Suggestion
from apps.tasks.schedule import Periodic
from apps.tasks.site_work import Values

PURGED_AT_ONCE: Final = 1_000  # rows of one transaction


def delete_group(actor: Actor, given: Values) -> dict[str, Any]:
    """Delete one group of rules: an item of a task.

    Args:
        actor: who.
        given: `group`, its name.
    """
    group = str(given["group"])
    return {"name": group, "rules": rules.delete_rule_group(actor, group=group)}


@task()
def purge_rules() -> int:
    """Forget the rules that were deleted, or expired, more than a week ago.

    Returns:
        How many.
    """
    outdated = Rule.objects.outdated(clock.now()).order_by("pk").values_list("pk", flat=True)
    total = 0
    while numbers := list(outdated[:PURGED_AT_ONCE]):
        deleted, _ = Rule.objects.filter(pk__in=numbers).delete()
        total += deleted
    return total


@task()
def propose_rules() -> int:
    """Look for rules to suggest in the records of the last 24 hours; forget those they have not spoken for in 30 days.

    Returns:
        How many suggestions they speak for.
    """
    now = clock.now()
    Suggestion.objects.outdated(now).delete()
    return proposing.propose_all(now)


SCHEDULE: Final = (
    Periodic(purge_rules, every=timedelta(hours=1)),
    Periodic(propose_rules, every=timedelta(minutes=10)),
)
