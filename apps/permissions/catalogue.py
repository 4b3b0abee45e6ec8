"""The catalogue of permissions: each is the name of an operation.

The key editor, the role table, request validation, refusal texts, the API reference and the
authorization tests are all read from here. The first seven groups, their names and their descriptions
are Prosopo's (https://docs.prosopo.io, "API keys"); the others are this product's own, in the same style.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Permission:
    """One entry.

    Attributes:
        name: the operation's name, as keys hold it and as the wire spells it.
        group: the name of its `Group`.
        description: what it allows, for a reader.
        writes: whether it changes anything.
        implies: permissions that are of no use to be without, given with it in the editor.
        warning: what its holder can reach through it, where that is more than the name says.
        is_account_wide: whether it reaches past single sites, so that a key for selected sites cannot use it; nor
            one for an organization, but that it creates sites there.
    """

    name: str
    group: str
    description: str
    writes: bool = False
    implies: tuple[str, ...] = ()
    warning: str = ""
    is_account_wide: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A heading in the editor.

    Attributes:
        name: as the wire spells it (`AccessRules`).
        label: as pages show it.
        description: what its permissions are about.
    """

    name: str
    label: str
    description: str

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """The group's permissions, in catalogue order."""
        return _BY_GROUP[self.name]


GROUPS: Final = (
    Group("AccessRules", "Access Rules", "Who is blocked or has to work harder"),
    Group("Sites", "Sites", "Names, origins, settings and state"),
    Group("ApiKeys", "API Keys", "The account's machine credentials"),
    Group("Users", "Users", "The people of the account and their roles"),
    Group("Traffic", "Traffic", "How many challenges were issued and solved"),
    Group("Verify", "Verify", "Checking a visitor's solution"),
    Group("SearchCaptchaRecords", "Search Captcha Records", "The stored story of single challenges"),
    Group("Secrets", "Site Secrets", "What a site's backend proves itself with; never readable again"),
    Group("Sharing", "Sharing", "Who may read or write a single site"),
    Group("Organizations", "Organizations", "Named groups of sites"),
    Group("Tasks", "Tasks", "Work that outlives its request"),
    Group("Credits", "Credits", "The balance that tasks are paid from"),
    Group("Audit", "Audit Log", "Who did what, and what was refused"),
    Group("Account", "Account", "The account's own settings"),
)

_ENTRIES: Final = (
    Permission("getRules", "AccessRules", "List access control rules"),
    Permission("getSuggestion", "AccessRules", "Get a single rule suggestion"),
    Permission("getSuggestions", "AccessRules", "List rule suggestions"),
    Permission("applySuggestions", "AccessRules", "Apply suggested rules", True, ("getSuggestions",)),
    Permission("createRule", "AccessRules", "Create a new access control rule", True),
    Permission("deleteRule", "AccessRules", "Delete an access control rule", True),
    Permission("deleteRuleGroup", "AccessRules", "Delete an access control rule group", True),
    Permission("getSite", "Sites", "Get a single site's details"),
    Permission("getSites", "Sites", "List all sites"),
    Permission(
        "createSite",
        "Sites",
        "Create a new site",
        True,
        warning="The answer carries the new site's secret.",
        is_account_wide=True,
    ),
    Permission("deleteSite", "Sites", "Delete a site", True, warning="Verification for a deleted site stops at once."),
    Permission("updateSite", "Sites", "Update site settings", True, ("getSite",)),
    Permission("getApiKeys", "ApiKeys", "List API keys"),
    Permission(
        "createApiKey",
        "ApiKeys",
        "Create a new API key",
        True,
        ("getApiKeys",),
        "Its holder can make further keys with anything this key may do, which go on when this one is deleted.",
    ),
    Permission("updateApiKey", "ApiKeys", "Update an existing API key", True, ("getApiKeys",)),
    Permission("deleteApiKey", "ApiKeys", "Delete an API key", True, ("getApiKeys",)),
    Permission("getUsers", "Users", "List team members"),
    Permission(
        "createUser",
        "Users",
        "Invite a new team member",
        True,
        ("getUsers",),
        "Its holder can bring in a person who then signs in with a role of their own.",
        is_account_wide=True,
    ),
    Permission("updateUser", "Users", "Update a team member's role", True, ("getUsers",), is_account_wide=True),
    Permission("deleteUser", "Users", "Remove a team member", True, ("getUsers",), is_account_wide=True),
    Permission("getTraffic", "Traffic", "Query traffic analytics data"),
    Permission("verify", "Verify", "Verify CAPTCHA solutions"),
    Permission("searchCaptchaRecords", "SearchCaptchaRecords", "Search and retrieve CAPTCHA audit records"),
    Permission("getSecrets", "Secrets", "List a site's secrets by label and last four characters"),
    Permission("createSecret", "Secrets", "Add a secret to a site", True, ("getSecrets",)),
    Permission(
        "rotateSecret",
        "Secrets",
        "Replace a site's secret",
        True,
        ("getSecrets",),
        "The old secret stops at once: a backend that still uses it turns visitors away.",
    ),
    Permission("deleteSecret", "Secrets", "Delete one of a site's secrets", True, ("getSecrets",)),
    Permission("getPermissions", "Sharing", "List who a site is shared with"),
    Permission("grantPermission", "Sharing", "Share a site with a person", True, ("getPermissions",)),
    Permission("updatePermission", "Sharing", "Change what a person may do with a site", True, ("getPermissions",)),
    Permission("removePermission", "Sharing", "Stop sharing a site with a person", True, ("getPermissions",)),
    Permission("getOrganizations", "Organizations", "List organizations"),
    Permission("createOrganization", "Organizations", "Create an organization", True, is_account_wide=True),
    Permission("updateOrganization", "Organizations", "Rename an organization", True, is_account_wide=True),
    Permission(
        "deleteOrganization", "Organizations", "Delete an organization with its sites", True, is_account_wide=True
    ),
    Permission("getTask", "Tasks", "Get a task's state and result"),
    Permission("createTask", "Tasks", "Start a task", True, ("getTask",), "Tasks are paid from the account's credits."),
    Permission("getBalance", "Credits", "Get the account's balance"),
    Permission("grantCredits", "Credits", "Add credits to the account", True, ("getBalance",), is_account_wide=True),
    Permission("getAuditEvents", "Audit", "Search the audit log", is_account_wide=True),
    Permission("exportAuditEvents", "Audit", "Export the audit log", False, ("getAuditEvents",), is_account_wide=True),
    Permission("updateAccount", "Account", "Change the account's settings", True, is_account_wide=True),
)

CATALOGUE: Final[Mapping[str, Permission]] = MappingProxyType({entry.name: entry for entry in _ENTRIES})
_BY_GROUP: Final = {
    group.name: tuple(permission for permission in _ENTRIES if permission.group == group.name) for group in GROUPS
}
GROUP_NAMES: Final = frozenset(_BY_GROUP)
ALL: Final = frozenset(CATALOGUE)
READING: Final = frozenset(entry.name for entry in _ENTRIES if not entry.writes)
ACCOUNT_WIDE: Final = frozenset(entry.name for entry in _ENTRIES if entry.is_account_wide)
BEYOND_AN_ORGANIZATION: Final = ACCOUNT_WIDE - {"createSite"}
"""What a key for one organization cannot use: what it creates, it creates there."""


@dataclass(frozen=True, slots=True)
class Preset:
    """A named choice of permissions to start a key from."""

    name: str
    label: str
    permissions: tuple[str, ...]


_PORTAL_READ: Final = ("getSite", "getSites", "getSecrets", "getOrganizations", "getTask")
_PORTAL_WRITE: Final = (
    "createSite",
    "updateSite",
    "deleteSite",
    "createSecret",
    "rotateSecret",
    "createOrganization",
    "updateOrganization",
    "deleteOrganization",
    "createTask",
)

PRESETS: Final = (
    Preset("nothing", "Nothing", ()),
    Preset("verification", "Verification only", ("verify",)),
    Preset(
        "read-only", "Read only", tuple(entry.name for entry in _ENTRIES if not entry.writes and entry.name != "verify")
    ),
    Preset(
        "provisioning",
        "Provisioning (CI, Terraform)",
        ("getSite", "getSites", "createSite", "updateSite", "deleteSite", "getSecrets", "createSecret", "rotateSecret"),
    ),
    Preset(
        "rules",
        "Rules automation",
        (
            "getRules",
            "createRule",
            "deleteRule",
            "deleteRuleGroup",
            "getSuggestion",
            "getSuggestions",
            "applySuggestions",
        ),
    ),
    Preset("audit-export", "Audit export", ("getAuditEvents", "exportAuditEvents")),
    Preset("portal", "Private Captcha: portal", _PORTAL_READ + _PORTAL_WRITE),
    Preset("portal-read-only", "Private Captcha: portal, read only", _PORTAL_READ),
    Preset("portal-verification", "Private Captcha: verification", ("verify",)),
    Preset("everything", "Everything", tuple(CATALOGUE)),
)


def unknown(names: Iterable[str]) -> list[str]:
    """Those of `names` that are in no catalogue entry, in their order."""
    return [name for name in names if name not in CATALOGUE]


def in_order(names: Iterable[str]) -> list[str]:
    """`names` without duplicates, in catalogue order; unknown ones are left out."""
    wanted = set(names)
    return [name for name in CATALOGUE if name in wanted]
