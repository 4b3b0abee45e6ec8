"""A rule and a suggestion for a site of the matrix."""

from apps.audit import clock
from apps.protection.rule_drafts import Wanted
from apps.protection.rules import create_rule, delete_rule
from apps.protection.suggestion_models import Suggestion
from apps.sites.models import Site
from tests.people import Person

MISSING_RULES = {
    "rule_handle": "0" * 64,
    "handle": "0" * 64,
    "deleted_rule_handle": "0" * 64,
    "rule_group": "no such group",
    "group": "no such group",
    "suggestion_id": "00000000-0000-4000-8000-000000000001",
}


def rule_things(person: Person, site: Site) -> dict[str, str]:
    """A rule in a group of its own, a deleted one, and an open suggestion."""
    group = f"group-{site.pk}"
    wanted = Wanted("block", [("ip", "203.0.113.7")], group=group)
    rule = create_rule(person.actor, wanted=wanted, site_key=site.site_key).rule
    deleted = create_rule(person.actor, wanted=Wanted("block", [("ip", "203.0.113.8")]), site_key=site.site_key).rule
    delete_rule(person.actor, handle=deleted.handle)
    suggestion = Suggestion.objects.create(
        account=person.account,
        site=site,
        field="ip",
        value="203.0.113.9",
        type="block",
        attempts=100,
        failures=97,
        rest_attempts=100,
        rest_failures=4,
        addresses=1,
        seen_at=clock.now(),
    )
    return {
        "rule_handle": rule.handle,
        "handle": rule.handle,
        "deleted_rule_handle": deleted.handle,
        "rule_group": group,
        "group": group,
        "suggestion_id": str(suggestion.pk),
    }
