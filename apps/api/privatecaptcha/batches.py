"""Batches of properties: all are looked at before a task is started, and one that cannot be used stops them all."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from msgspec import UnsetType

from apps.accounts.models import Organization
from apps.api.contract import Call
from apps.api.errors import invalid_request
from apps.api.idempotency import idempotency_key
from apps.api.privatecaptcha import domains, ids, names, schemas
from apps.api.privatecaptcha.bounds import clamped
from apps.api.privatecaptcha.codes import Code, Unusable, business
from apps.api.privatecaptcha.ids import IdSpace
from apps.audit import clock
from apps.permissions.actor import Actor
from apps.sites.limits import require_room_for_sites
from apps.sites.models import Site
from apps.sites.settings import Naming
from apps.tasks.models import IDEMPOTENT_FOR, Task

LARGEST: Final = 128  # items
_NO_SITE: Final = "none"
"""In place of the key of a site that is not there, which the task then finds not to be there."""

Inputs = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a request asks to be done, and the name that its sender gave it.

    Attributes:
        inputs: what each item of the task is done with.
        idempotency_key: the name; empty for none.
    """

    inputs: Inputs
    idempotency_key: str


def creations(call: Call, organization: Organization) -> Batch:
    """What to create, in the organization.

    Raises:
        ApiError: with the code of the first item that cannot be used; 400 for none, 1200 for too many.
        SiteLimitReached: where the account has no room at all; where it has some, the task tells item by item.
    """
    given: Sequence[schemas.NewProperty] = _sized(call.body)
    key = idempotency_key(call)
    is_new = not _is_repeated(call.actor, key)
    seen = _taken(organization, given) if is_new else set()
    inputs: Inputs = []
    for index, item in enumerate(given):
        with _telling(index):
            name = _free_name(names.PROPERTY.read(item.name), seen)
            origin = f"https://{domains.read_domain(item.domain)}"
        inputs.append(
            {
                "name": name,
                "allowed_origins": [origin],
                "organization_id": organization.pk,
                "settings": clamped(item),
                "naming": Naming.UNIQUE_IN_ORGANIZATION.value,
            }
        )
    if is_new:
        with transaction.atomic():
            require_room_for_sites(organization.account_id)
        _require_addresses(inputs)
    return Batch(inputs, key)


def changes(call: Call) -> Batch:
    """What to change, of which properties.

    Raises:
        ApiError: with the code of the first item that cannot be used; 400 for none, 1200 for too many.
    """
    given: Sequence[schemas.PropertyChange] = _sized(call.body)
    decoded = (ids.decode(IdSpace.PROPERTY, item.id) for item in given if item.id)
    sites = _sites(call.actor, {number for number in decoded if number is not None})
    seen: set[int] = set()
    inputs: Inputs = []
    for index, item in enumerate(given):
        with _telling(index):
            number = _number(item.id)
            if number in seen:
                raise Unusable(Code.ID_TWICE, "id")
            seen.add(number)
            site = sites.get(number)
            inputs.append(_changed(item, site) | {"site_key": site.site_key if site else _NO_SITE})
    key = idempotency_key(call)
    if not _is_repeated(call.actor, key):
        _require_addresses(inputs)
    return Batch(inputs, key)


def deletions(call: Call) -> Batch:
    """Which properties to delete, each once.

    Raises:
        ApiError: with the code of the first item that cannot be used; 400 for none, 1200 for too many.
    """
    numbers: dict[int, None] = {}
    for index, text in enumerate(_sized(call.body)):
        with _telling(index):
            numbers[_number(text)] = None
    sites = _sites(call.actor, numbers)
    inputs = [{"site_key": sites[number].site_key if number in sites else _NO_SITE} for number in numbers]
    return Batch(inputs, idempotency_key(call))


def _sized(items: list[Any]) -> list[Any]:
    if not items:
        raise invalid_request(f"The list is empty. Send 1 to {LARGEST} items.")
    if len(items) > LARGEST:
        raise business(Code.BATCH_TOO_LARGE, f"{Code.BATCH_TOO_LARGE.sentence} Send 1 to {LARGEST} items at once.")
    return items


@contextmanager
def _telling(index: int) -> Iterator[None]:
    """Say of which item it is that something cannot be used."""
    try:
        yield
    except Unusable as unusable:
        raise unusable.error(index) from None


def _taken(organization: Organization, given: Sequence[schemas.NewProperty]) -> set[str]:
    """Those of the names that properties of the organization have already."""
    wanted = {names.tidied(item.name) for item in given}
    return {*organization.sites.living().filter(name__in=wanted).values_list("name", flat=True)}


def _free_name(name: str, seen: set[str]) -> str:
    if name in seen:
        raise Unusable(Code.NAME_TAKEN, "name")
    seen.add(name)
    return name


def _number(text: str) -> int:
    if not text:
        raise Unusable(Code.ID_EMPTY, "id")
    number = ids.decode(IdSpace.PROPERTY, text)
    if number is None:
        raise Unusable(Code.ID_INVALID, "id")
    return number


def _changed(item: schemas.PropertyChange, site: Site | None) -> dict[str, Any]:
    """What to change; a name or a domain that is sent back as it was shown stays, whatever another contract wrote."""
    found: dict[str, Any] = {"settings": clamped(item), "naming": Naming.UNIQUE_IN_ORGANIZATION.value}
    if not isinstance(item.name, UnsetType) and not (site and item.name == site.name):
        found["name"] = names.PROPERTY.read(item.name)
    if not isinstance(item.domain, UnsetType) and not (site and item.domain == site.domain):
        found["allowed_origins"] = [f"https://{domains.read_domain(item.domain)}"]
    return found


def _sites(actor: Actor, numbers: Collection[int]) -> dict[int, Site]:
    """Those sites that the actor may know of, or could restore, by their numbers.

    Deleted ones too, so that a repeated request says the same as it did before they were.
    """
    known = Site.objects.visible_to(actor).filter(pk__in=numbers)
    deleted = Site.objects.restorable_by(actor, clock.now()).filter(pk__in=numbers)
    return {site.pk: site for site in [*deleted, *known]}


def _require_addresses(inputs: Inputs) -> None:
    """Refuse a new domain that has no address, where somebody wants to know.

    Raises:
        ApiError: naming the first.
    """
    places = [index for index, given in enumerate(inputs) if given.get("allowed_origins")]
    hosts = [inputs[index]["allowed_origins"][0].removeprefix("https://") for index in places]
    missing = domains.unresolved(hosts)
    if missing is not None:
        raise Unusable(Code.DOMAIN_UNRESOLVED, domains.FIELD).error(places[missing])


def _is_repeated(actor: Actor, key: str) -> bool:
    """Whether a request with this `Idempotency-Key` has started a task: what it made stands in nobody's way then."""
    lately = Task.objects.filter(account_id=actor.own_account_id, created_at__gt=clock.now() - IDEMPOTENT_FOR)
    mine = lately.filter(actor_kind=actor.kind, actor_id=actor.id, idempotency_key=key)
    return bool(key) and mine.exists()
