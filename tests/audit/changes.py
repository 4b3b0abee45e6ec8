"""A world with one of everything, and calls of every operation that changes something in it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from apps.accounts import team
from apps.accounts.models import RESTORABLE_FOR, Account, Organization, User
from apps.accounts.operations import add_member, found_account, set_limits, update_account, update_api_settings
from apps.api_keys import life
from apps.api_keys.models import ApiKeyToken
from apps.api_keys.operations import create_key, record_expired_keys, record_expiry
from apps.api_keys.retirement import end_token
from apps.api_keys.revocation import revoke_key
from apps.audit import clock
from apps.audit.operations import EventFilter, export_events
from apps.credentials.overlap import OVERLAPS
from apps.credits.ledger import charge
from apps.credits.operations import expire_all_credits, expire_credits, grant_credits
from apps.ocr.models import ImageTask
from apps.ocr.operations import report_wrong, start_reading
from apps.ocr.wishes import Wishes
from apps.permissions.actor import system
from apps.permissions.models import Share, ShareLevel
from apps.permissions.roles import Role
from apps.sites import organizations, sharing
from apps.sites.models import Site
from apps.sites.operations import (
    create_site,
    create_site_without_secret,
    deactivate_site,
    delete_site,
    reactivate_site,
    restore_site,
    update_site,
)
from apps.sites.purging import purge_deleted, purge_organization, purge_site
from apps.sites.reporting import record_reported_secret
from apps.sites.requests import NamedRequest, create_site_once
from apps.sites.retirement import end_secret
from apps.sites.secrets import add_secret, delete_secret, rotate_secret
from apps.sites.sharing import share_site
from apps.tasks.work import cancel_task, create_sites, delete_sites, update_sites
from tests.audit.rule_changes import RULE_CHANGES
from tests.authorization.rule_things import rule_things
from tests.ocr.drawing import printed
from tests.people import SOURCE, Person


@dataclass(frozen=True)
class World:
    """What the calls of the table work on."""

    alice: Person
    bob: Person
    shop: Site
    stopped: Site
    key_id: Any
    disabled_key_id: Any
    expired_key_id: Any
    gone: Site
    long_gone: Site
    long_gone_organization: Organization
    secret_id: int
    share_id: int
    waiting_id: int
    invitation_id: int
    web_id: int
    gone_id: int
    task_id: UUID
    image_task: str
    rules: dict[str, str]


def _organizations(alice: Person) -> list[Organization]:
    """One with a site, and a deleted one with a site."""
    found = [organizations.create_organization(alice.actor, name=name) for name in ("Web", "Gone")]
    for one in found:
        create_site(alice.actor, name="In it", allowed_origins=["https://in.example"], organization_id=one.pk)
    organizations.delete_organization(alice.actor, organization_id=found[1].pk)
    return found


def _long_gone(alice: Person) -> tuple[Site, Organization]:
    """A site and an organization that were deleted as long ago as can be restored."""
    before = clock.now() - RESTORABLE_FOR
    site = create_site(alice.actor, name="Long gone", allowed_origins=["https://gone.example"]).site
    Site.objects.filter(pk=site.pk).update(deleted_at=before)
    return site, Organization.objects.create(account=alice.account, name="Left", deleted_at=before)


def _expired_credits(alice: Person) -> None:
    """Credits whose end has passed, and that nobody has taken back."""
    with clock.at(clock.now() - timedelta(days=2)):
        grant_credits(alice.actor, amount=5, reason="Old", expires_at=clock.now() + timedelta(days=1))


def build_world(alice: Person, bob: Person, shop: Site) -> World:
    """Everything that the calls need."""
    stopped = create_site(alice.actor, name="Stopped", allowed_origins=["https://old.example"]).site
    deactivate_site(alice.actor, site_key=stopped.site_key)
    key = create_key(alice.actor, name="Key", permissions=["getSites"], expires_at=None).key
    life.rotate_key(alice.actor, key_id=key.pk, overlap=OVERLAPS["24h"])
    disabled = create_key(alice.actor, name="Disabled", permissions=["getSites"], expires_at=None).key
    life.disable_keys(alice.actor, key_ids=[disabled.pk])
    with clock.at(clock.now() - timedelta(days=2)):
        end = clock.now() + timedelta(days=1)
        expired = create_key(alice.actor, name="Old", permissions=["getSites"], expires_at=end).key
    gone = create_site(alice.actor, name="Gone", allowed_origins=["https://gone.example"]).site
    delete_site(alice.actor, site_key=gone.site_key)
    long_gone, left = _long_gone(alice)
    secret = add_secret(alice.actor, site_key=shop.site_key, label="Second").stored
    Account.objects.filter(pk=alice.account.pk).update(lets_shares_wait=True)
    waiting = share_site(alice.actor, site_key=shop.site_key, email="later@x.example", level=ShareLevel.READ)
    invitation = team.invite_member(alice.actor, email="invited@x.example", role=Role.MEMBER).invitation
    task = delete_sites(alice.actor, inputs=[{"site_key": shop.site_key}], title="Waiting")
    web, gone_one = _organizations(alice)
    return World(
        alice=alice,
        bob=bob,
        shop=shop,
        stopped=stopped,
        key_id=key.pk,
        disabled_key_id=disabled.pk,
        expired_key_id=expired.pk,
        gone=gone,
        long_gone=long_gone,
        long_gone_organization=left,
        secret_id=secret.pk,
        share_id=Share.objects.get(site=shop, person=bob.user).pk,
        waiting_id=waiting.pk,
        invitation_id=invitation.pk,
        web_id=web.pk,
        gone_id=gone_one.pk,
        task_id=task.pk,
        image_task=_read_image(alice),
        rules=rule_things(alice, shop),
    )


def _read_image(alice: Person) -> str:
    """A task whose text was read and paid, credits for another, and some that have expired."""
    grant_credits(alice.actor, amount=5, reason="For tests")
    task = start_reading(alice.actor, images=[printed("harbour")], is_list=False, wishes=Wishes())
    ImageTask.objects.filter(pk=task.pk).update(state="ready", texts=["harbour"], finished_at=clock.now())
    charge(task.pk)
    _expired_credits(alice)
    return task.code


Change = Callable[[World], Any]


def _newest_token_of(key_id: UUID) -> int:
    return ApiKeyToken.objects.filter(key=key_id).latest("pk").pk


CHANGES: dict[str, list[Change]] = {
    "apps.accounts.operations.found_account": [lambda _: found_account(system(SOURCE), name="Another")],
    "apps.accounts.operations.add_member": [
        lambda world: add_member(system(SOURCE), account=world.alice.account, person=world.bob.user, role=Role.ADMIN),
        lambda world: add_member(
            system(SOURCE),
            account=world.alice.account,
            person=User.objects.create_user("new@x.example"),
            role=Role.ADMIN,
        ),
    ],
    "apps.sites.operations.create_site": [
        lambda world: create_site(world.alice.actor, name="New", allowed_origins=["https://new.example"])
    ],
    "apps.sites.purging.purge_site": [
        lambda world: purge_site(system(SOURCE, world.alice.account.pk), site_id=world.long_gone.pk),
        lambda _: purge_deleted(SOURCE),
    ],
    "apps.sites.purging.purge_organization": [
        lambda world: purge_organization(
            system(SOURCE, world.alice.account.pk), organization_id=world.long_gone_organization.pk
        )
    ],
    "apps.sites.requests.create_site_once": [
        lambda world: create_site_once(
            world.alice.actor, request=NamedRequest("1", b""), name="New", allowed_origins=["https://new.example"]
        )
    ],
    "apps.tasks.work.create_sites": [
        lambda world: create_sites(world.alice.actor, inputs=[{"name": "New", "domain": "new.example"}], title="New")
    ],
    "apps.tasks.work.update_sites": [
        lambda world: update_sites(world.alice.actor, inputs=[{"site_key": world.shop.site_key}], title="Change")
    ],
    "apps.tasks.work.delete_sites": [
        lambda world: delete_sites(world.alice.actor, inputs=[{"site_key": world.shop.site_key}], title="Delete")
    ],
    "apps.ocr.operations.start_reading": [
        lambda world: start_reading(world.alice.actor, images=[printed("harbour")], is_list=False, wishes=Wishes())
    ],
    "apps.ocr.operations.report_wrong": [lambda world: report_wrong(world.alice.actor, code=world.image_task)],
    "apps.tasks.work.cancel_task": [lambda world: cancel_task(world.alice.actor, task_id=world.task_id)],
    "apps.sites.operations.update_site": [
        lambda world: update_site(world.alice.actor, site_key=world.shop.site_key, name="Renamed"),
        lambda world: update_site(world.alice.actor, site_key=world.shop.site_key, name="Renamed", is_active=False),
        lambda world: update_site(world.alice.actor, site_key=world.stopped.site_key, is_active=True),
    ],
    "apps.sites.operations.deactivate_site": [
        lambda world: deactivate_site(world.alice.actor, site_key=world.shop.site_key)
    ],
    "apps.sites.operations.reactivate_site": [
        lambda world: reactivate_site(world.alice.actor, site_key=world.stopped.site_key)
    ],
    "apps.sites.secrets.rotate_secret": [lambda world: rotate_secret(world.alice.actor, site_key=world.shop.site_key)],
    "apps.sites.sharing.share_site": [
        lambda world: share_site(
            world.alice.actor, site_key=world.shop.site_key, email=world.bob.user.email, level=ShareLevel.WRITE
        ),
        lambda world: share_site(
            world.alice.actor, site_key=world.stopped.site_key, email=world.bob.user.email, level=ShareLevel.READ
        ),
    ],
    "apps.sites.operations.delete_site": [lambda world: delete_site(world.alice.actor, site_key=world.shop.site_key)],
    "apps.sites.operations.restore_site": [lambda world: restore_site(world.alice.actor, site_key=world.gone.site_key)],
    "apps.sites.operations.create_site_without_secret": [
        lambda world: create_site_without_secret(
            world.alice.actor, name="New", allowed_origins=["https://new.example"], organization_id=world.web_id
        )
    ],
    "apps.sites.organizations.create_organization": [
        lambda world: organizations.create_organization(world.alice.actor, name="Another")
    ],
    "apps.sites.organizations.rename_organization": [
        lambda world: organizations.rename_organization(world.alice.actor, organization_id=world.web_id, name="Other")
    ],
    "apps.sites.organizations.delete_organization": [
        lambda world: organizations.delete_organization(world.alice.actor, organization_id=world.web_id)
    ],
    "apps.sites.organizations.restore_organization": [
        lambda world: organizations.restore_organization(world.alice.actor, organization_id=world.gone_id)
    ],
    "apps.sites.organizations.move_sites": [
        lambda world: organizations.move_sites(
            world.alice.actor, site_keys=[world.shop.site_key, world.stopped.site_key], organization_id=world.web_id
        )
    ],
    "apps.accounts.operations.set_limits": [
        lambda world: set_limits(system(SOURCE, world.alice.account.pk), most_sites=5, most_organizations=None)
    ],
    "apps.sites.secrets.add_secret": [
        lambda world: add_secret(world.alice.actor, site_key=world.shop.site_key, label="Third")
    ],
    "apps.sites.secrets.delete_secret": [
        lambda world: delete_secret(world.alice.actor, site_key=world.shop.site_key, secret_id=world.secret_id)
    ],
    "apps.sites.sharing.change_share": [
        lambda world: sharing.change_share(
            world.alice.actor, site_key=world.shop.site_key, share_id=world.share_id, level=ShareLevel.WRITE
        )
    ],
    "apps.sites.sharing.change_waiting_share": [
        lambda world: sharing.change_waiting_share(
            world.alice.actor, site_key=world.shop.site_key, share_id=world.waiting_id, level=ShareLevel.WRITE
        )
    ],
    "apps.sites.sharing.remove_share": [
        lambda world: sharing.remove_share(world.alice.actor, site_key=world.shop.site_key, share_id=world.share_id)
    ],
    "apps.sites.sharing.remove_waiting_share": [
        lambda world: sharing.remove_waiting_share(
            world.alice.actor, site_key=world.shop.site_key, share_id=world.waiting_id
        )
    ],
    "apps.sites.sharing.deliver_waiting_share": [
        lambda world: sharing.deliver_waiting_share(
            system(SOURCE, world.alice.account.pk), waiting_id=world.waiting_id, person=world.alice.user
        )
    ],
    "apps.accounts.operations.update_account": [
        lambda world: update_account(system(SOURCE, world.alice.account.pk), requires_second_factor=True)
    ],
    "apps.accounts.operations.update_api_settings": [
        lambda world: update_api_settings(
            world.alice.actor, api_is_on=False, groups_off=["Sites"], keys_must_end=True, longest_key_days=30
        )
    ],
    "apps.accounts.team.invite_member": [
        lambda world: team.invite_member(world.alice.actor, email="other@x.example", role=Role.MEMBER),
        lambda world: team.invite_member(world.alice.actor, email="invited@x.example", role=Role.ADMIN),
    ],
    "apps.accounts.team.resend_invitation": [
        lambda world: team.resend_invitation(world.alice.actor, invitation_id=world.invitation_id)
    ],
    "apps.accounts.team.withdraw_invitation": [
        lambda world: team.withdraw_invitation(world.alice.actor, invitation_id=world.invitation_id)
    ],
    "apps.accounts.team.change_role": [
        lambda world: team.change_role(world.alice.actor, person_id=world.bob.user.pk, role=Role.ADMIN)
    ],
    "apps.accounts.team.hand_over_ownership": [
        lambda world: team.hand_over_ownership(world.alice.actor, person_id=world.bob.user.pk)
    ],
    "apps.accounts.team.remove_member": [
        lambda world: team.remove_member(world.alice.actor, person_id=world.bob.user.pk)
    ],
    "apps.accounts.team.update_user": [
        lambda world: team.update_user(world.alice.actor, email=world.bob.user.email, role=Role.ADMIN),
        lambda world: team.update_user(world.alice.actor, email="invited@x.example", role=Role.ADMIN),
    ],
    "apps.accounts.team.remove_user": [
        lambda world: team.remove_user(world.alice.actor, email=world.bob.user.email),
        lambda world: team.remove_user(world.alice.actor, email="invited@x.example"),
    ],
    "apps.api_keys.operations.create_key": [
        lambda world: create_key(world.alice.actor, name="New", permissions=["verify"], expires_at=None)
    ],
    "apps.api_keys.life.update_key": [
        lambda world: life.update_key(world.alice.actor, key_id=world.key_id, name="Renamed"),
        lambda world: life.update_key(world.alice.actor, key_id=world.key_id, site_keys=[world.shop.site_key]),
    ],
    "apps.api_keys.life.rotate_key": [lambda world: life.rotate_key(world.alice.actor, key_id=world.key_id)],
    "apps.api_keys.life.end_earlier_tokens": [
        lambda world: life.end_earlier_tokens(world.alice.actor, key_id=world.key_id)
    ],
    "apps.api_keys.life.disable_keys": [
        lambda world: life.disable_keys(world.alice.actor, key_ids=[world.key_id, world.expired_key_id])
    ],
    "apps.api_keys.life.enable_key": [lambda world: life.enable_key(world.alice.actor, key_id=world.disabled_key_id)],
    "apps.api_keys.life.delete_key": [lambda world: life.delete_key(world.alice.actor, key_id=world.key_id)],
    "apps.api_keys.life.delete_keys": [
        lambda world: life.delete_keys(world.alice.actor, key_ids=[world.key_id, world.disabled_key_id])
    ],
    "apps.api_keys.operations.record_expiry": [
        lambda world: record_expiry(system(SOURCE, world.alice.account.pk), key_id=world.expired_key_id),
        lambda _: record_expired_keys(),
    ],
    "apps.api_keys.retirement.end_token": [
        lambda world: end_token(
            system(SOURCE, world.alice.account.pk), token_id=_newest_token_of(world.key_id), pepper=1
        )
    ],
    "apps.api_keys.revocation.revoke_key": [
        lambda world: revoke_key(system(SOURCE, world.alice.account.pk), key_id=world.key_id)
    ],
    "apps.sites.reporting.record_reported_secret": [
        lambda world: record_reported_secret(system(SOURCE, world.alice.account.pk), secret_id=world.secret_id)
    ],
    "apps.sites.retirement.end_secret": [
        lambda world: end_secret(system(SOURCE, world.alice.account.pk), secret_id=world.secret_id, pepper=1)
    ],
    **RULE_CHANGES,
    "apps.credits.operations.grant_credits": [
        lambda world: grant_credits(world.alice.actor, amount=10, reason="Budget"),
    ],
    "apps.credits.operations.expire_credits": [
        lambda world: expire_credits(system(SOURCE, world.alice.account.pk)),
        lambda _: expire_all_credits(SOURCE),
    ],
    "apps.audit.operations.export_events": [
        lambda world: export_events(world.alice.actor, wanted=EventFilter(), form="csv")
    ],
}
