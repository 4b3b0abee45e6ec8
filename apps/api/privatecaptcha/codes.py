"""The contract's codes, each with the sentence that the vendor's page gives it.

1002, 1003 and 1004 (undefined, not implemented, deprecated) are in the list of the vendor and mean nothing here.
"""

from enum import IntEnum
from types import MappingProxyType
from typing import Final, Self

from apps.api.errors import ApiError


class Code(IntEnum):
    """What became of a request, or of one item of a batch."""

    OK = 1000
    FAILURE = 1001
    ORG_NAME_EMPTY = 1100
    ORG_NAME_TOO_LONG = 1101
    ORG_NAME_INVALID = 1102
    ORG_NAME_TAKEN = 1103
    ORG_LIMIT = 1104
    ORG_MISSING = 1105
    ORG_FORBIDDEN = 1106
    ORG_ID_GIVEN = 1107
    ORG_ID_EMPTY = 1108
    ORG_ID_INVALID = 1109
    BATCH_TOO_LARGE = 1200
    NAME_EMPTY = 1201
    NAME_TOO_LONG = 1202
    NAME_INVALID = 1203
    NAME_TAKEN = 1204
    DOMAIN_EMPTY = 1205
    DOMAIN_LOCAL = 1206
    DOMAIN_IP = 1207
    DOMAIN_INVALID = 1208
    DOMAIN_UNRESOLVED = 1209
    DOMAIN_FORMAT = 1210
    ID_EMPTY = 1211
    ID_INVALID = 1212
    ID_TWICE = 1213
    SETTINGS_FORBIDDEN = 1214
    PROPERTY_LIMIT = 1300

    @property
    def sentence(self) -> str:
        """What the code means."""
        return _SENTENCES[self]

    @classmethod
    def of(cls, error: ApiError) -> Self:
        """The code of an error: its own, where it has one; else the one for anything that failed."""
        return cls(int(error.problem)) if error.problem.isdecimal() else cls(cls.FAILURE)


_SENTENCES: Final = MappingProxyType(
    {
        Code.OK: "OK",
        Code.FAILURE: "Failure",
        Code.ORG_NAME_EMPTY: "Name cannot be empty.",
        Code.ORG_NAME_TOO_LONG: "Name is too long.",
        Code.ORG_NAME_INVALID: "Organization name contains invalid characters.",
        Code.ORG_NAME_TAKEN: "Organization with this name already exists.",
        Code.ORG_LIMIT: "Organizations limit of this account is reached.",
        Code.ORG_MISSING: "Requested organization does not seem to exist.",
        Code.ORG_FORBIDDEN: "You do not have permissions to access this organization.",
        Code.ORG_ID_GIVEN: "Organization ID must be empty.",
        Code.ORG_ID_EMPTY: "Organization ID must not be empty.",
        Code.ORG_ID_INVALID: "Organization ID is not valid.",
        Code.BATCH_TOO_LARGE: "Properties batch limit size was exceeded.",
        Code.NAME_EMPTY: "Name cannot be empty.",
        Code.NAME_TOO_LONG: "Name is too long.",
        Code.NAME_INVALID: "Property name contains invalid characters.",
        Code.NAME_TAKEN: "Property with this name already exists.",
        Code.DOMAIN_EMPTY: "Domain name cannot be empty.",
        Code.DOMAIN_LOCAL: "Localhost is not allowed as a domain.",
        Code.DOMAIN_IP: "IP address cannot be used as a domain.",
        Code.DOMAIN_INVALID: "Domain name is not valid.",
        Code.DOMAIN_UNRESOLVED: "Failed to resolve domain name.",
        Code.DOMAIN_FORMAT: "Invalid format of domain name.",
        Code.ID_EMPTY: "Property ID cannot be empty.",
        Code.ID_INVALID: "Property ID is not valid.",
        Code.ID_TWICE: "Duplicate property ID found in request.",
        Code.SETTINGS_FORBIDDEN: "Insufficient permissions to update settings.",
        Code.PROPERTY_LIMIT: "Property limit of this account is reached.",
    }
)


class Unusable(ValueError):
    """Something given cannot be used.

    Attributes:
        code: why, in the contract's words.
        field: which field it is.
    """

    def __init__(self, code: Code, field: str) -> None:
        super().__init__(code.sentence)
        self.code = code
        self.field = field

    def error(self, index: int | None = None) -> ApiError:
        """The answer: HTTP 200 with the code; of a batch, it names the item and the field.

        Args:
            index: the item's place in the batch, from 0; `None` where there is no batch.
        """
        where = "" if index is None else f"Item {index}, {self.field}: "
        return business(self.code, where + self.code.sentence)


def business(code: Code, sentence: str = "") -> ApiError:
    """An error that this contract answers with HTTP 200 and its code."""
    return ApiError(400, "invalid_request", sentence or code.sentence, problem=str(code.value))
