"""The endpoint: it only translates between the wire and the operations."""

from typing import Final

from apps.api import limits
from apps.api.contract import Call, Credential
from apps.api.credentials import schemas
from apps.api.credentials.contracts import credentials_api
from apps.api.errors import ApiError
from apps.api_keys.revocation import revoke_presented
from apps.audit.source import client_address, source_of
from apps.sites.reporting import report_presented

MOST_BYTES: Final = 128 * 1024  # a thousand credentials of any vendor, and their commas


@credentials_api.endpoint(
    "POST",
    "/api/v1/credentials/revoke",
    summary="Revoke credentials that have leaked",
    credential=Credential.NONE,
    body=schemas.RevokeCredentials,
    answer=None,
    status=202,
    statuses=(400, 413, 415, 429),
)
def revoke_credentials(call: Call) -> None:
    """Each API key among them is deleted for good, at once; its owners are told. Always 202, whatever they are.

    A site secret is not revoked, for that would stop a form that visitors use: its owners find it in their log.
    """
    body: schemas.RevokeCredentials = call.body
    limits.count_revocation(client_address(call.request))
    if len(call.request.body) > MOST_BYTES:
        raise ApiError(413, "payload_too_large", f"The body is larger than {MOST_BYTES // 1024} KiB.")
    source = source_of(call.request, credentials_api.name)
    revoke_presented(body.credentials, source)
    report_presented(body.credentials, source)
