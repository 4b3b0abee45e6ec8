"""What a row of the table says, and the groups of principals that rows speak of."""

import re
from dataclasses import dataclass, field
from typing import Any

from apps.sites.models import Site
from tests.people import settings_form

PRINCIPALS = ("owner", "admin", "writer", "reader", "bystander", "viewer", "auditor", "outsider")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_KEY = re.compile(rf"(?P<name>.+) (?P<method>{'|'.join(METHODS)})(?P<variant> .+)?")


@dataclass(frozen=True)
class Row:
    """What is expected of one address and method.

    Attributes:
        allowed: principals that are let through.
        refused: principals that may know of the thing but not do this: 403, and an event in the log.
        hidden: principals to whom there is no such thing: 404, and nothing in the log.
        missing: the permission that the refused ones are told they lack.
        success: the status for those who are let through.
        events: the actions that the log then has more.
        own: who of owner, admin and reader (a member) is let through with a thing that they made themselves.
        body: what is sent; `@name` stands for what the thing has of that name.
        query: the same, in the address.
        otherwise: what those are told whom no missing permission stops.
        accountless: the status for a person without an account, who has no share either.
    """

    allowed: str
    refused: str = ""
    hidden: str = ""
    missing: str = ""
    success: int = 200
    events: tuple[str, ...] = ()
    own: str = "owner admin reader"
    body: Any = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    otherwise: str = ""
    accountless: int = 403

    def outcome_for(self, principal: str) -> str:
        """`allowed`, `refused` or `hidden`: exactly one of them."""
        [outcome] = [name for name in ("allowed", "refused", "hidden") if principal in getattr(self, name).split()]
        return outcome


def address_of(key: str) -> tuple[str, str]:
    """URL name and method of a row's key; what follows them tells variants apart."""
    match = _KEY.fullmatch(key)
    assert match, key
    return match["name"], match["method"]


EVERYBODY = "owner admin writer reader bystander viewer auditor outsider"
INSIDERS = "owner admin writer reader bystander viewer auditor"
CREATORS = "owner admin writer reader bystander outsider"
SEES_SITE = "owner admin writer reader viewer auditor"
STRANGERS = "bystander outsider"
OVERSEES = "owner admin viewer auditor"
SHARERS = "writer reader"  # a share alone shows neither secrets nor people
NOT_OWNING = "writer reader viewer auditor"
NO_ADMIN = "writer reader bystander viewer auditor"
SITE = {"name": "New name", "allowed_origins": "https://new.example"}
SITE_SETTINGS = settings_form(Site(name="New name", allowed_origins=["https://new.example"]))
READS_LOG = "owner admin auditor outsider"  # the outsider reads that of their own account
NO_LOG = "writer reader bystander viewer"
