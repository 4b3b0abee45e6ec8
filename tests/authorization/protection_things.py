"""A record, a rule and a suggestion of a site of the matrix."""

import uuid

from apps.protection import recording
from apps.sites.models import Site
from tests.authorization.rule_things import MISSING_RULES, rule_things
from tests.people import Person
from tests.protection.noting import answer

MISSING_THINGS = MISSING_RULES | {"record_id": "00000000-0000-4000-8000-000000000001"}


def protection_things(person: Person, site: Site) -> dict[str, str]:
    """What there is of a site that visitors have come to: a record that tells of a good solution, and rules."""
    checked = answer(site, nonce=uuid.uuid4())
    recording.flush()
    return {"record_id": str(checked.nonce), **rule_things(person, site)}
