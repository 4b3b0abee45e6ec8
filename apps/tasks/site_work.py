"""What tasks do with sites, an item at a time: the ordinary operations, called with what the item holds.

A site that a task creates has no secret until somebody adds one, so that none ever waits in a table.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from apps.permissions.actor import Actor
from apps.sites import operations
from apps.sites.models import Site
from apps.sites.origins import Domains, HostsAndOrigins
from apps.sites.settings import Naming
from apps.tasks.kinds import Kind

Values = Mapping[str, Any]
"""Plain JSON: what an item is done with, or what came of it."""


def create_site(actor: Actor, given: Values) -> dict[str, Any]:
    """Create one site.

    Args:
        actor: who.
        given: `name`, and `domain`, `domains` or `allowed_origins`; also `organization_id`, `naming` and `settings`.
    """
    return _named(
        operations.create_site_without_secret(
            actor,
            name=given["name"],
            allowed_origins=_origins(given) or (),
            naming=_naming(given),
            organization_id=given.get("organization_id"),
            **given.get("settings", {}),
        )
    )


def update_site(actor: Actor, given: Values) -> dict[str, Any]:
    """Change one site; what is left out stays.

    Args:
        actor: who.
        given: `site_key`; also `name`, `domain` or `allowed_origins`, `is_active`, `naming` and `settings`.
    """
    return _named(
        operations.update_site(
            actor,
            site_key=given["site_key"],
            name=given.get("name"),
            allowed_origins=_origins(given),
            is_active=given.get("is_active"),
            naming=_naming(given),
            **given.get("settings", {}),
        )
    )


def delete_site(actor: Actor, given: Values) -> dict[str, Any]:
    """Delete one site.

    Args:
        actor: who.
        given: `site_key`.
    """
    return _named(operations.delete_site(actor, site_key=given["site_key"]))


Worker = Callable[[Actor, Values], dict[str, Any]]

WORKERS: Final[dict[str, Worker]] = {
    Kind.SITES_CREATE: create_site,
    Kind.SITES_UPDATE: update_site,
    Kind.SITES_DELETE: delete_site,
}
"""What does one item of each kind of task, and returns what came of it; apps above add theirs (`add_worker`)."""


def add_worker(kind: Kind, worker: Worker) -> None:
    """Have a kind of task done by an app that stands above this one: called once it is loaded."""
    WORKERS[kind] = worker


def _origins(given: Values) -> Sequence[str] | Domains | None:
    if given.get("domains"):
        return HostsAndOrigins(tuple(given["domains"]))
    return Domains((given["domain"],)) if given.get("domain") else given.get("allowed_origins")


def _naming(given: Values) -> Naming:
    return Naming(given.get("naming", Naming.FREE))


def _named(site: Site) -> dict[str, Any]:
    return {"site_id": site.pk, "site_key": site.site_key, "name": site.name}
