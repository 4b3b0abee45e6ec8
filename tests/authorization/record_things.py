"""A record of a site of the matrix."""

import uuid

from apps.protection import recording
from apps.sites.models import Site
from tests.protection.noting import answer


def record_things(site: Site) -> dict[str, str]:
    """One that tells of a good solution."""
    checked = answer(site, nonce=uuid.uuid4())
    recording.flush()
    return {"record_id": str(checked.nonce)}
