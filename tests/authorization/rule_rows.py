"""Access rules and suggestions: who may do what, with a key and in the dashboard.

The thing is a rule of the site, in a group of its own, and a suggestion for the site. Who has read of the site sees
them, who has write changes them; viewers read, auditors do not.
"""

from typing import Any

from tests.authorization.rows import CREATORS, EVERYBODY, STRANGERS, Row

_READS = EVERYBODY.replace(" auditor", "")
_SEES = "owner admin writer reader viewer"
_WRITES = "owner admin writer"
_NO_WRITER = "reader viewer auditor"
_ON_SITE: dict[str, Any] = {
    "type": "block",
    "siteKey": "@siteKey",
    "conditions": [{"field": "ip", "operator": "equals", "value": "198.51.100.77"}],
}
_THE_RULE: dict[str, Any] = {"userScopeHash": "@rule_handle"}
_THE_SUGGESTION: dict[str, Any] = {"suggestionId": "@suggestion_id"}

RULES_API: dict[str, Row] = {
    "prosopo /v1/prosopo/provider/admin/rules GET": Row(_READS, "auditor", missing="getRules"),
    "prosopo /access-control/get POST": Row(_READS, "auditor", missing="getRules"),
    "prosopo /access-control/get GET": Row(_READS, "auditor", missing="getRules"),
    "prosopo /access-control/create POST": Row(
        _WRITES, _NO_WRITER, STRANGERS, missing="createRule", events=("rule.created",), body={"rule": _ON_SITE}
    ),
    "prosopo /access-control/delete POST": Row(
        _WRITES, _NO_WRITER, STRANGERS, missing="deleteRule", events=("rule.deleted",), body=_THE_RULE
    ),
    "prosopo /access-control/group/delete POST": Row(
        _WRITES,
        _NO_WRITER,
        STRANGERS,
        missing="deleteRuleGroup",
        events=("task.started",),
        body={"ruleGroupId": "@rule_group"},
    ),
    "prosopo /access-control/suggestions/get POST": Row(_READS, "auditor", missing="getSuggestions"),
    "prosopo /access-control/suggestions/get GET": Row(_READS, "auditor", missing="getSuggestions"),
    "prosopo /access-control/suggestion/get POST": Row(
        _SEES, "auditor", STRANGERS, missing="getSuggestion", body=_THE_SUGGESTION
    ),
    "prosopo /access-control/suggestion/get GET": Row(
        _SEES, "auditor", STRANGERS, missing="getSuggestion", query=_THE_SUGGESTION
    ),
    "prosopo /access-control/suggestions/apply POST": Row(
        _WRITES,
        _NO_WRITER,
        STRANGERS,
        missing="applySuggestions",
        events=("rule.created",),
        body={"suggestionIds": ["@suggestion_id"]},
    ),
}

_FORM: dict[str, Any] = {"type": "block", "site": "@siteKey", "expires": "24h"}
_CREATES: dict[str, Any] = {
    "allowed": _WRITES,
    "refused": _NO_WRITER,
    "hidden": STRANGERS,
    "missing": "createRule",
    "success": 302,
}
_LOOKS: dict[str, Any] = {"allowed": _WRITES, "refused": _NO_WRITER, "hidden": STRANGERS}

RULE_PAGES: dict[str, Row] = {
    "rules GET": Row(_READS, "auditor", missing="getRules"),
    "rule_groups GET": Row(_READS, "auditor", missing="getRules"),
    "check_rules GET": Row(_READS, "auditor", missing="getRules"),
    "suggestions GET": Row(_READS, "auditor", missing="getSuggestions"),
    "rule GET": Row(_SEES, "auditor", STRANGERS, missing="getRules"),
    "new_rule GET": Row(CREATORS, "viewer auditor", missing="createRule"),
    "new_rule POST": Row(**_CREATES, events=("rule.created",), body=_FORM | {"ip": "198.51.100.77"}),
    "import_rules GET": Row(CREATORS, "viewer auditor", missing="createRule"),
    "import_rules POST": Row(
        **_CREATES,
        events=("rules.imported",),
        body=_FORM | {"text": "198.51.100.0/24", "do": "import", "count": "1"},
    ),
    "edit_rule GET": Row(**_LOOKS, missing="createRule"),
    "edit_rule POST": Row(
        **_CREATES, events=("rule.replaced",), body=_FORM | {"ip": "203.0.113.7", "description": "Other"}
    ),
    "delete_rule GET": Row(**_LOOKS, missing="deleteRule"),
    "delete_rule POST": Row(**_LOOKS, missing="deleteRule", success=302, events=("rule.deleted",)),
    "restore_rule POST": Row(**_CREATES, events=("rule.restored",)),
    "delete_rule_group GET": Row(**_LOOKS, missing="deleteRuleGroup"),
    "delete_rule_group POST": Row(**_LOOKS, missing="deleteRuleGroup", success=302, events=("task.started",)),
    "apply_suggestions POST": Row(
        **_LOOKS,
        missing="applySuggestions",
        success=302,
        events=("rule.created",),
        body={"suggestions": ["@suggestion_id"], "expires": "24h"},
    ),
    "dismiss_suggestion POST": Row(**_LOOKS, missing="applySuggestions", success=302, events=("suggestion.dismissed",)),
}
