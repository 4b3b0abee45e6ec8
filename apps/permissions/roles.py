"""Roles: each is a set of permissions from the catalogue that keys use too."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.db import models

from apps.permissions import catalogue


class Role(models.TextChoices):
    """A person's place in an account."""

    OWNER = "owner", "Owner"
    ADMIN = "admin", "Admin"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"
    AUDITOR = "auditor", "Auditor"


DESCRIPTIONS: Final[Mapping[Role, str]] = MappingProxyType(
    {
        Role.OWNER: "Everything, the account itself included",
        Role.ADMIN: "Everything but ownership and deleting the account",
        Role.MEMBER: "Creates sites; manages own and shared ones",
        Role.VIEWER: "Reads sites, traffic, rules and records",
        Role.AUDITOR: "Reads and exports the audit log; reads metadata; changes nothing",
    }
)

_MEMBER: Final = frozenset(
    permission.name
    for permission in catalogue.CATALOGUE.values()
    if permission.group
    in {"AccessRules", "Sites", "ApiKeys", "Traffic", "Verify", "SearchCaptchaRecords", "Secrets", "Sharing", "Tasks"}
) | {"getUsers", "getOrganizations", "getBalance"}
_VIEWER: Final = frozenset(
    {"getSite", "getSites", "getSecrets", "getPermissions", "getTraffic", "getRules", "getSuggestion", "getSuggestions"}
    | {"searchCaptchaRecords", "getOrganizations", "getUsers", "getTask", "getBalance"}
)
_AUDITOR: Final = frozenset(
    {
        "getAuditEvents",
        "exportAuditEvents",
        "getSite",
        "getSites",
        "getSecrets",
        "getPermissions",
        "getOrganizations",
        "getUsers",
    }
)

GUEST: Final = frozenset({"getSite", "getSites", "updateSite", "getTraffic"})
"""What a person may do in an account that they have only a share in, as far as the share goes."""

PERMISSIONS: Final[Mapping[Role, frozenset[str]]] = MappingProxyType(
    {
        Role.OWNER: catalogue.ALL,
        Role.ADMIN: catalogue.ALL,
        Role.MEMBER: _MEMBER,
        Role.VIEWER: _VIEWER,
        Role.AUDITOR: _AUDITOR,
    }
)

MANAGES_ALL_SITES: Final = frozenset({Role.OWNER, Role.ADMIN})
READS_ALL_SITES: Final = MANAGES_ALL_SITES | {Role.VIEWER, Role.AUDITOR}
SEES_ALL_KEYS: Final = MANAGES_ALL_SITES
