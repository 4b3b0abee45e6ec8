"""Sites. Their names are plain and unique in this contract; what another one named otherwise keeps its name."""

from typing import Final

from msgspec import UnsetType

from apps.api.contract import Call
from apps.api.prosopo import schemas
from apps.api.prosopo.contracts import CHANGING_STATUSES, portal_api, reads
from apps.api.times import to_the_second
from apps.audit import clock
from apps.permissions.actor import Actor
from apps.permissions.refusals import Invalid
from apps.sites import operations
from apps.sites.difficulty import pow_difficulty_of
from apps.sites.models import Site, SiteQuerySet, SiteSecret
from apps.sites.origins import Domains, domains_of
from apps.sites.settings import Naming

POW: Final = "pow"
NO_DEFAULT: Final = "isDefault: no site is the default one here; every request names its site."


@reads(
    "/sites/get",
    summary="List the account's sites",
    permission="getSites",
    asks=schemas.AllSites,
    answer=schemas.PortalSites,
)
def sites_get(call: Call) -> schemas.PortalSites:
    """Every site that the key reaches, deactivated ones included, oldest first."""
    sites = operations.list_sites(call.actor)
    secrets = _masked_secrets(call.actor, sites)
    return schemas.PortalSites([_shown(site, secrets.get(site.pk)) for site in sites.order_by("pk")])


@reads(
    "/site/get",
    summary="Get one of the account's sites",
    permission="getSite",
    asks=schemas.SiteByKey,
    answer=schemas.PortalSite,
)
def site_get(call: Call) -> schemas.PortalSite:
    """One site, by its key in any spelling. Its secret is never shown whole again."""
    return _site(call.actor, operations.get_site(call.actor, site_key=call.body.site_key))


@portal_api.endpoint(
    "POST",
    "/sites/create",
    summary="Create a site with a plain name",
    permission="createSite",
    body=schemas.NewPortalSite,
    answer=schemas.PortalSite,
    statuses=(400, 401, 403, 409, 413, 429),
)
def sites_create(call: Call) -> schemas.PortalSite:
    """A site for these domains; `secretKey` is whole in this answer only. A name that is taken: 409."""
    body: schemas.NewPortalSite = call.body
    settings = body.settings
    _require_pow(settings.captcha_type)
    created = operations.create_site(
        call.actor,
        name=body.name,
        allowed_origins=Domains(settings.domains),
        pow_difficulty=_given(settings.pow_difficulty),
        naming=Naming.PLAIN_AND_UNIQUE,
    )
    return _shown(created.site, created.secret.reveal())


@portal_api.endpoint(
    "POST",
    "/sites/update",
    summary="Update one of the account's sites",
    permission="updateSite",
    body=schemas.PortalSiteChange,
    answer=schemas.PortalSite,
    statuses=CHANGING_STATUSES,
)
def sites_update(call: Call) -> schemas.PortalSite:
    """Change the name or the settings, all or nothing. A domain that the site has already keeps scheme and port."""
    body: schemas.PortalSiteChange = call.body
    settings = schemas.SettingsChange() if isinstance(body.settings, UnsetType) else body.settings
    _require_pow(settings.captcha_type)
    if body.is_default is True:
        raise Invalid({"isDefault": NO_DEFAULT})
    site = operations.update_site(
        call.actor,
        site_key=body.site_key,
        name=None if isinstance(body.name, UnsetType) else body.name,
        allowed_origins=None if isinstance(settings.domains, UnsetType) else Domains(settings.domains),
        pow_difficulty=_given(settings.pow_difficulty),
        naming=Naming.PLAIN_AND_UNIQUE,
    )
    return _site(call.actor, site)


@portal_api.endpoint(
    "POST",
    "/sites/delete",
    summary="Deactivate one of the account's sites",
    permission="deleteSite",
    body=schemas.SiteByKey,
    answer=schemas.DeactivatedPortalSite,
    statuses=CHANGING_STATUSES,
)
def sites_delete(call: Call) -> schemas.DeactivatedPortalSite:
    """The site stays and verifies no longer; doing it again changes nothing. The account's last active one: 409."""
    site = operations.deactivate_site(call.actor, site_key=call.body.site_key, keeps_one=True)
    return schemas.DeactivatedPortalSite(success=True, deactivated_site_key=site.site_key)


def _require_pow(captcha_type: str) -> None:
    if captcha_type != POW:
        message = f"settings.captchaType is “{captcha_type[:20]}”; challenges here are proof of work: “{POW}”."
        raise Invalid({"settings.captchaType": message})


def _given(number: int | UnsetType) -> int | None:
    return None if isinstance(number, UnsetType) else number


def _site(actor: Actor, site: Site) -> schemas.PortalSite:
    return _shown(site, _masked_secrets(actor, Site.objects.filter(pk=site.pk)).get(site.pk))


def _masked_secrets(actor: Actor, sites: SiteQuerySet) -> dict[int, str]:
    """The newest secret of each site, as far as the actor may know it by its last four characters."""
    if not actor.may("getSecrets"):
        return {}
    return SiteSecret.objects.live(clock.now()).newest_of(sites.owned_by(actor).values_list("pk", flat=True))


def _shown(site: Site, secret: str | None) -> schemas.PortalSite:
    return schemas.PortalSite(
        site_key=site.site_key,
        secret_key=secret,
        name=site.name,
        active=site.is_active,
        settings=schemas.Settings(
            domains=domains_of(site.allowed_origins),
            captcha_type=POW,
            pow_difficulty=pow_difficulty_of(site.level),
        ),
        created_at=to_the_second(site.created_at),
        updated_at=to_the_second(site.updated_at),
    )
