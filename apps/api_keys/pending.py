"""What an edit would change of a key: before and after, for the person who is about to save it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.models import Organization
from apps.api_keys.forms import EditForm
from apps.api_keys.models import ApiKey
from apps.permissions.actor import Actor
from apps.permissions.catalogue import in_order
from apps.sites import site_key as spelling
from apps.sites.models import Site, SiteQuerySet


@dataclass(frozen=True, slots=True)
class PendingChange:
    """One thing that would change: what of it goes, and what comes."""

    label: str
    gone: Sequence[str]
    new: Sequence[str]


def kept_sites(form: EditForm, key: ApiKey, reader: Actor) -> list[str] | None:
    """The sites that the key keeps; `None` where the reader leaves its reach as it is.

    A key may reach sites that the reader no longer sees: those stay as long as the reader changes nothing there.
    """
    wanted = form.site_keys
    if wanted is None or key.reaches_all_sites or key.organization_id is not None:
        return wanted
    return None if _read(wanted) == set(reached_sites(key, reader).values_list("key", flat=True)) else wanted


def kept_organization(form: EditForm, key: ApiKey) -> int | None:
    """The organization that the key is to be limited to; `None` where that stays as it is."""
    wanted = form.organization_id
    return None if wanted == key.organization_id else wanted


def reached_sites(key: ApiKey, reader: Actor) -> SiteQuerySet:
    """The sites that the key is limited to and the reader may know of, by name."""
    return Site.objects.visible_to(reader).filter(pk__in=key.sites.values("pk")).order_by("name", "pk")


def pending_changes(key: ApiKey, form: EditForm, reader: Actor) -> list[PendingChange]:
    """What saving the form would change, as far as it can be read.

    Args:
        key: as it is.
        form: as typed; validated, though it may have errors.
        reader: who typed it.
    """
    typed = form.cleaned_data
    changes = []
    if typed.get("name", key.name) != key.name:
        changes.append(PendingChange("Name", [key.name], [typed["name"]]))
    chosen = typed.get("permissions", [])
    if chosen and (gone := in_order(set(key.permissions) - set(chosen))):
        changes.append(PendingChange("Permissions", gone, []))
    changes += (
        _of_reach(key, form, reader) if {"reach", "organization", "sites", "further_sites"} <= typed.keys() else []
    )
    if "networks" in typed and form.typed_networks != key.networks:
        changes.append(PendingChange("Networks", key.networks or ["Everywhere"], form.typed_networks or ["Everywhere"]))
    if not {"expires", "expires_on", "expires_in"} & form.errors.keys() and form.expires_at:
        changes.append(PendingChange("Expires", [_said(key.expires_at)], [_said(form.expires_at)]))
    return changes


def _of_reach(key: ApiKey, form: EditForm, reader: Actor) -> list[PendingChange]:
    before = "All sites, future ones too" if key.reaches_all_sites else f"All sites of “{key.organization}”"
    if (organization_id := kept_organization(form, key)) is not None:
        chosen = Organization.objects.visible_to(reader).filter(pk=organization_id).first()
        return [PendingChange("Sites", [before], [f"All sites of “{chosen}”"])] if chosen else []
    kept = kept_sites(form, key, reader)
    if kept is None:
        return []
    wanted = _read(kept)
    if key.reaches_all_sites or key.organization_id is not None:
        sites = Site.objects.visible_to(reader).filter(key__in=wanted).order_by("name", "pk")
        return [PendingChange("Sites", [before], [site.name for site in sites])]
    gone = [site.name for site in reached_sites(key, reader) if site.key not in wanted]
    return [PendingChange("Sites", gone, [])]


def _read(site_keys: Collection[str]) -> set[UUID]:
    return {key for key in map(spelling.read, site_keys) if key}


def _said(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "Never"
