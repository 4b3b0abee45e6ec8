"""Sitekeys: each view only translates between the wire and an operation."""

import operator
from collections.abc import Sequence
from functools import reduce
from typing import Any, Final
from uuid import UUID

from msgspec import UNSET, UnsetType

from apps.api.contract import JSON, LD_JSON, MERGE_PATCH, Call
from apps.api.eucaptcha import schemas
from apps.api.eucaptcha.contracts import BASE, sitekeys_api
from apps.api.eucaptcha.paging import page_of_rows
from apps.api.eucaptcha.reach import (
    NO_SUCH_SITEKEY,
    Place,
    actor_to_create,
    actors_of,
    missing_as,
    number,
    place_at,
)
from apps.api.idempotency import named_request
from apps.audit import clock
from apps.permissions.actor import Actor
from apps.permissions.refusals import Invalid
from apps.sites import access, operations, site_key
from apps.sites.difficulty import difficulty_of
from apps.sites.models import Site, SiteSecret
from apps.sites.origins import parse_domain
from apps.sites.requests import create_site_once
from apps.sites.settings import clean_site_name

COLLECTION: Final = f"{BASE}/captcha_sitekeys"
_ITEM: Final = f"{COLLECTION}/{{id}}"
_LEVEL_NAMES: Final = {access.Level.OWN: "owner", access.Level.WRITE: "write", access.Level.READ: "read"}


@sitekeys_api.endpoint(
    "GET",
    COLLECTION,
    summary="List sitekeys",
    permission="getSites",
    query=schemas.Paging,
    answer=schemas.SitekeyCollection,
    statuses=(400, 401, 403, 422, 429),
)
def list_sitekeys(call: Call) -> schemas.SitekeyCollection:
    """Every sitekey that you may read, oldest first, 30 a page: your own, and those shared with you."""
    query: schemas.Paging = call.query
    actors = actors_of(call.caller, "getSites")
    readable = [operations.list_sites(actor) for actor in actors] or [Site.objects.none()]
    page = page_of_rows(reduce(operator.or_, readable).order_by("pk"), query.page, COLLECTION)
    return schemas.SitekeyCollection(
        iri=COLLECTION, total_items=page.total, member=_sitekeys(actors, page.rows), view=page.view
    )


@sitekeys_api.endpoint(
    "POST",
    COLLECTION,
    summary="Create a sitekey",
    permission="createSite",
    body=schemas.NewSitekey,
    takes=(JSON, LD_JSON),
    answer=schemas.Sitekey,
    status=201,
    statuses=(400, 401, 403, 404, 409, 413, 415, 422, 429),
    takes_idempotency_key=True,
)
def create_sitekey(call: Call) -> schemas.Sitekey:
    """A site for one domain, with its first secret, which is in this answer only: a repeated one has it masked."""
    body: schemas.NewSitekey = call.body
    actor = actor_to_create(call.caller)
    domain, name = _domain_and_name(body)
    made = create_site_once(
        actor, request=named_request(call, COLLECTION), name=name, allowed_origins=[f"https://{domain}"]
    )
    return _sitekey(made.site, access.Level.OWN, made.secret)


@sitekeys_api.endpoint(
    "GET",
    _ITEM,
    summary="Get a sitekey",
    permission="getSite",
    answer=schemas.Sitekey,
    statuses=(401, 403, 404, 429),
)
def get_sitekey(call: Call) -> schemas.Sitekey:
    """One sitekey; its owners also see its newest secret, masked."""
    with missing_as(NO_SUCH_SITEKEY):
        place = _place(call)
        return _one(place.actor, operations.get_site(place.actor, site_key=place.site_key))


@sitekeys_api.endpoint(
    "PATCH",
    _ITEM,
    summary="Update a sitekey",
    permission="updateSite",
    body=schemas.SitekeyPatch,
    takes=(JSON, LD_JSON, MERGE_PATCH),
    answer=schemas.Sitekey,
    statuses=(400, 401, 403, 404, 413, 415, 422, 429),
)
def update_sitekey(call: Call) -> schemas.Sitekey:
    """Change the label or the protection, all or nothing (JSON Merge Patch, RFC 7396)."""
    body: schemas.SitekeyPatch = call.body
    with missing_as(NO_SUCH_SITEKEY):
        place = _place(call)
        site = operations.update_site(
            place.actor,
            site_key=place.site_key,
            name=_new_name(place, body.label),
            protection_enabled=_given(body.train),
            difficulty=_given(body.initial_difficulty),
            initial_delay=_given(body.initial_delay),
            max_parallel=_given(body.max_parallel),
        )
        return _one(place.actor, site)


@sitekeys_api.endpoint(
    "DELETE",
    _ITEM,
    summary="Delete a sitekey",
    permission="deleteSite",
    answer=None,
    status=204,
    statuses=(401, 403, 404, 429),
)
def delete_sitekey(call: Call) -> None:
    """The sitekey is gone at once; an owner can restore it in the dashboard for 30 days."""
    with missing_as(NO_SUCH_SITEKEY):
        place = _place(call)
        operations.delete_site(place.actor, site_key=place.site_key)


def _place(call: Call) -> Place:
    return place_at(call.caller, number(call.path["id"]))


def _domain_and_name(body: schemas.NewSitekey) -> tuple[str, str]:
    """The domain and the name of a new site; both are checked, so that one answer names all that is wrong."""
    errors: dict[str, str] = {}
    domain = name = ""
    try:
        domain = parse_domain(body.domain)
    except Invalid as invalid:
        errors |= invalid.errors
    try:
        name = clean_site_name(body.label, field="label") if body.label else domain
    except Invalid as invalid:
        errors |= invalid.errors
    if errors:
        raise Invalid(errors)
    return domain, name


def _new_name(place: Place, label: str | UnsetType | None) -> str | None:
    """The site's name with this label; `None` leaves it as it is."""
    if isinstance(label, UnsetType):
        return None
    if label:
        return clean_site_name(label, field="label")
    return place.site.domain if place.site else None


def _given(value: Any) -> Any:
    """The value, or `None` where the patch leaves the field out; `null` itself is only taken for the label."""
    return None if value is UNSET else value


def _one(actor: Actor, site: Site) -> schemas.Sitekey:
    return _sitekeys([actor], [site])[0]


def _sitekeys(actors: Sequence[Actor], sites: Sequence[Site]) -> list[schemas.Sitekey]:
    """The sites as these actors see them: two queries, however many they are."""
    by_account: dict[UUID, Actor] = {actor.own_account_id: actor for actor in actors}
    levels = access.levels_of([(by_account[site.account_id], site) for site in sites])
    owned = [
        site.pk
        for site in sites
        if levels[site.pk] is access.Level.OWN and by_account[site.account_id].may("getSecrets")
    ]
    secrets = SiteSecret.objects.live(clock.now()).newest_of(owned)
    return [_sitekey(site, levels[site.pk], secrets.get(site.pk, UNSET)) for site in sites]


def _sitekey(site: Site, level: access.Level, secret: str | UnsetType) -> schemas.Sitekey:
    return schemas.Sitekey(
        iri=f"{COLLECTION}/{site.pk}",
        id=site.pk,
        site_key=site_key.spell(site.key, site_key.EU_CAPTCHA_PREFIX),
        label="" if site.name == site.domain else site.name,
        domain=site.domain,
        train=site.protection_enabled,
        initial_difficulty=difficulty_of(site.level),
        initial_delay=site.initial_delay,
        max_parallel=site.max_parallel,
        permission=_LEVEL_NAMES[level],
        secret=secret,
    )
