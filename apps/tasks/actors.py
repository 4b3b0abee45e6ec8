"""Who a task works for: whoever started it, with what they may do at this moment."""

from typing import Final
from uuid import UUID

from apps.accounts.actors import member_actor, over_api
from apps.accounts.models import Membership
from apps.api_keys.authentication import key_actor
from apps.api_keys.models import ApiKey
from apps.api_keys.networks import contains
from apps.audit import clock
from apps.audit.record import Source
from apps.permissions.actor import Actor, ActorKind
from apps.permissions.refusals import Refused
from apps.permissions.roles import Role
from apps.tasks.models import Task

_KEY_GONE: Final = "The API key that started this task does not work any more: it {why}."
_PERSON_GONE: Final = "{label}, who started this task, does not belong to the account any more."


class StarterGone(Refused):
    """Whoever started the task can do nothing here any more."""


def actor_today(task: Task) -> Actor:
    """The actor that whoever started the task is now.

    Raises:
        StarterGone: for a key that does not work any more, and a person who has left.
    """
    source = Source("worker", task.ip, request_id=task.request_id)
    if task.actor_kind == ActorKind.KEY:
        return _key_today(task, source)
    return _person_today(task, source)


def _key_today(task: Task, source: Source) -> Actor:
    keys = ApiKey.objects.select_related("account", "reached_organization")
    key = keys.filter(pk=UUID(task.actor_id), account_id=task.account_id).first()
    if key is None or key.deleted_at:
        raise StarterGone(_KEY_GONE.format(why="was deleted"))
    if key.expires_at and key.expires_at <= clock.now():
        raise StarterGone(_KEY_GONE.format(why="has expired"))
    if key.disabled_at:
        raise StarterGone(_KEY_GONE.format(why="is disabled"))
    if not contains(key.networks, task.ip):
        raise StarterGone(_KEY_GONE.format(why=f"may not be used from {task.ip or 'an unknown address'} now"))
    creator = Membership.objects.active().filter(account_id=key.account_id, person_id=key.created_by_id).first()
    if creator is None:
        raise StarterGone(_KEY_GONE.format(why="stopped when its creator left the account"))
    return key_actor(key, Role(creator.role), source)


def _person_today(task: Task, source: Source) -> Actor:
    places = Membership.objects.active().select_related("person", "account")
    place = places.filter(account_id=task.account_id, person_id=task.started_by_id).first()
    if place is None:
        raise StarterGone(_PERSON_GONE.format(label=task.actor_label))
    actor = member_actor(place, place.person, source)
    return actor if task.surface == "dashboard" else over_api(actor, place.account)
