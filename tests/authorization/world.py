"""The people, keys and things that the matrix is tried with."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.invitations import invite_first_owner
from apps.accounts.models import Account
from apps.accounts.operations import create_verified_person, found_account
from apps.accounts.team import invite_member
from apps.api.privatecaptcha import ids
from apps.api.privatecaptcha.ids import IdSpace
from apps.api_keys.life import disable_keys, rotate_key
from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.credentials.overlap import OVERLAPS
from apps.credits.ledger import charge
from apps.credits.operations import grant_credits
from apps.ocr.models import ImageTask
from apps.ocr.operations import start_reading
from apps.ocr.wishes import Wishes
from apps.permissions.actor import system
from apps.permissions.models import ShareLevel
from apps.permissions.roles import PERMISSIONS, Role
from apps.sites.models import Site
from apps.sites.operations import create_site, delete_site
from apps.sites.organizations import create_organization, delete_organization
from apps.sites.secrets import add_secret
from apps.sites.sharing import share_site
from apps.tasks.bulk_models import keep_file
from apps.tasks.work import start_task
from tests.architecture.test_urls_declare_access import PATTERNS
from tests.authorization.placing import placing_its_key
from tests.authorization.protection_things import MISSING_THINGS, protection_things
from tests.authorization.rows import Row, address_of
from tests.authorization.solutions import claiming, code_of
from tests.ocr.drawing import printed
from tests.people import PASSWORD, SOURCE, Person, make_person

FRIEND = "friend@people.example"
"""Somebody without an account, with whom every site is shared."""

MISSING = {
    "site_key": "sk_live_0000000000000000000001",
    "siteKey": "sk_live_0000000000000000000001",
    "key_id": "00000000-0000-4000-8000-000000000001",
    "task_id": "00000000-0000-4000-8000-000000000001",
    "disabled_key_id": "00000000-0000-4000-8000-000000000001",
    "import_id": "00000000-0000-4000-8000-000000000001",
    "sequence": "999999",
    "token": "nci_00000000000000000000000000000000000000",
    "uidb36": "1",
    "key": "nothing",
    "deleted_key": "sk_live_0000000000000000000001",
    "site_id": "999999",
    "secret_id": "999999",
    "share_id": "999999",
    "waiting_id": "999999",
    "invitation_id": "999999",
    "invitation_token": "nci_00000000000000000000000000000000000000",
    "person_id": "999999",
    "person_email": "missing@people.example",
    "session_id": "999999",
    "organization_id": "999999",
    "deleted_organization_id": "999999",
    "account_id": "00000000-0000-4000-8000-000000000001",
    "provider_id": "oidc",
    "pk": "999999",
    "org_id": ids.encode(IdSpace.ORGANIZATION, 999_999),
    "property_id": ids.encode(IdSpace.PROPERTY, 999_999),
    "task_hex": "00000000000040008000000000000001",
    "image_task": "0000000000",
    "solution": "bm90IG9uZQ==",
    **MISSING_THINGS,
}
CALLED_OTHERWISE = {
    ("restore_site", "site_key"): "deleted_key",
    ("restore_organization", "organization_id"): "deleted_organization_id",
    ("remove_waiting_share", "share_id"): "waiting_id",
    ("accept_invitation", "token"): "invitation_token",
    ("enable_key", "key_id"): "disabled_key_id",
    ("restore_rule", "handle"): "deleted_rule_handle",
    ("eucaptcha /myra-auto-app-api/captcha_sitekeys/{id}", "id"): "site_id",
    ("eucaptcha /myra-auto-app-api/captcha-secrets/{id}", "id"): "secret_id",
    ("eucaptcha /myra-auto-app-api/sitekey-permissions/{id}", "id"): "share_id",
    ("privatecaptcha /asynctask/{id}", "id"): "task_hex",
}
"""Parameters that name another thing at this address than their name says."""
GONE = {1105, 1212, 6, 7, 12}
"""Codes of Private Captcha's contract for what is not there; of a solution, for a property out of the key's reach."""
IN_BODY = {1: 401, 10: 402, 11: 403, 16: 404}
"""What NoCaptchaAI's contract tells with the status 200, and the status that it has elsewhere."""
LISTS_OF_A_SITE = {("eucaptcha /myra-auto-app-api/captcha-secrets/{id}", "GET")}
"""Where the id in the path is the site's, though with another method it is not."""


@dataclass
class World:
    """Alice's account with everybody in it, Dave's beside it."""

    people: dict[str, Person]
    browsers: dict[str, Client]
    tokens: dict[str, str]
    things: dict[str, dict[str, str]]
    account_id: str

    def arguments(self, name: str, method: str, thing: str) -> dict[str, str]:
        """The parameters of an address that name a thing: `shared`, `foreign`, `missing`, or a principal's own."""
        known = MISSING | self.things.get(thing, {})
        called = {parameter: CALLED_OTHERWISE.get((name, parameter), parameter) for parameter in parameters(name)}
        if (name, method) in LISTS_OF_A_SITE:
            called = dict.fromkeys(called, "site_id")
        return {parameter: known[kind] for parameter, kind in called.items()}

    def filled(self, values: Any, thing: str) -> Any:
        """A body or a query, with what `@name` stands for of the thing."""
        if isinstance(values, dict):
            return {field: self.filled(value, thing) for field, value in values.items()}
        if isinstance(values, list):
            return [self.filled(value, thing) for value in values]
        known = MISSING | self.things.get(thing, {})
        return known[values[1:]] if isinstance(values, str) and values.startswith("@") else values

    def browser(self, principal: str) -> Client:
        """A browser with this principal's cookies, whatever was done to them in another cell."""
        client = Client()
        for morsel in self.browsers[principal].cookies.values():
            client.cookies[morsel.key] = morsel.value
        return client

    def api(self, principal: str) -> Client:
        """A client that sends this principal's key."""
        return Client(headers={"Authorization": f"Bearer {self.tokens[principal]}"})


def send(world: World, client: Client, key: str, row: Any, thing: str = "shared", **arguments: str) -> Any:
    """One request for a row of the table."""
    name, method = address_of(key)
    path = reverse(name, kwargs=world.arguments(name, method, thing) | arguments)
    body = world.filled(row.body, thing)
    if not is_api(name):
        return client.post(path, body) if method == "POST" else client.generic(method, path)
    account_id = {"foreign": world.things["foreign"]["account_id"], "missing": MISSING["key_id"]}.get(
        thing, world.account_id
    )
    query = world.filled(getattr(row, "query", {}), thing)
    if (name, method) == ("neocaptcha /api/v1/sites", "GET"):
        query["accountId"] = account_id
    if isinstance(body, dict) and "allowedOrigins" in body:
        body["accountId"] = account_id
    client, in_body, in_query = placing_its_key(client, name)
    query, body = query | in_query, (body | in_body if in_body else body)
    path += f"?{urlencode(query)}" if query else ""
    call = getattr(client, method.lower())
    kind = "text/plain" if isinstance(body, str) else "application/json"
    answer = call(path, body, content_type=kind) if body else call(path)
    if name.startswith("nocaptchaai ") and answer.status_code == 200:
        answer.status_code = IN_BODY.get(answer.json().get("errorId"), 200)
    if name.startswith("privatecaptcha ") and answer.status_code == 200 and code_of(answer.json()) in GONE:
        answer.status_code = 404
    return answer


def is_api(name: str) -> bool:
    """Whether the URL name is an endpoint's."""
    ours = ("neocaptcha ", "eucaptcha ", "prosopo ", "privatecaptcha ", "nocaptchaai ", "credentials ", "challenge ")
    return name.startswith(ours)


def told(answer: Any) -> str:
    """What an endpoint says went wrong, in any contract's shape."""
    said = answer.json()
    if "meta" in said:
        return str(said["meta"]["description"])
    if isinstance(said.get("error"), dict):
        said = said["error"]
    return str(next(said[field] for field in ("error", "detail", "message", "errorDescription") if field in said))


def parameters(name: str) -> list[str]:
    """The names of a path's parameters."""
    [pattern] = [pattern for pattern in PATTERNS if pattern.name == name]
    found = list(pattern.pattern.converters) or re.findall(r"\(\?P<(\w+)>", str(pattern.pattern))
    return [str(parameter) for parameter in found]


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens in the block has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def new_events(act: Callable[[], Any]) -> tuple[Any, list[AuditEvent]]:
    """What `act` returns, and the events that it added, oldest first."""
    last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    answer = act()
    if answer.streaming:
        answer.getvalue()
    return answer, list(AuditEvent.objects.filter(pk__gt=last).order_by("pk"))


def anonymised(answer: Any, *known: str) -> tuple[int, str, str | None]:
    """An answer without what differs between any two: the request's id, tokens against forgery, and `known` keys."""
    text = answer.content.decode()
    for word in (answer["X-Request-ID"], *known):
        text = text.replace(word, "…")
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|name="once" value="[\w-]+"', "", text)
    return answer.status_code, text, answer.get("X-Accepted-Permissions")


def build_world() -> World:
    """Everybody, with a session and an API key each."""
    account = found_account(system(SOURCE), name="Alice & Co")
    roles = {
        "owner": Role.OWNER,
        "admin": Role.ADMIN,
        "writer": Role.MEMBER,
        "reader": Role.MEMBER,
        "bystander": Role.MEMBER,
        "viewer": Role.VIEWER,
        "auditor": Role.AUDITOR,
    }
    people = {name: make_person(name, account, role) for name, role in roles.items()}
    people["outsider"] = make_person("outsider", found_account(system(SOURCE), name="Elsewhere"), Role.OWNER)
    Account.objects.update(lets_shares_wait=True)
    create_verified_person(email=FRIEND, name="Friend", password=None)
    sites = {name: _site(people[name], f"Site of {name}") for name in ("owner", "admin", "reader", "outsider")}
    shop = _site(people["owner"], "Shop")
    for name, level in (("writer", ShareLevel.WRITE), ("reader", ShareLevel.READ)):
        share_site(people["owner"].actor, site_key=shop.site_key, email=people[name].user.email, level=level)
    tokens = {name: key_of(person) for name, person in people.items()}
    keys = {name: ApiKey.objects.get(created_by=person.user) for name, person in people.items()}
    browsers = {name: person.browser for name, person in people.items()} | _signed_out(people["owner"])
    things = {name: _thing(people[name], site, keys[name]) for name, site in sites.items()}
    things["shared"] = _thing(people["owner"], shop, keys["owner"]) | _place(people["owner"], people["viewer"])
    things["shared"] |= {"sequence": "1", "token": invite_first_owner().reveal()}
    things["foreign"] = things.pop("outsider") | _place(people["outsider"], people["outsider"])
    return World(people, browsers, tokens, things, str(account.pk))


def key_of(person: Person, *permissions: str) -> str:
    """A key of this person with these permissions, or all that they hold."""
    held = permissions or tuple(PERMISSIONS[Role(person.membership.role)])
    actor = system(SOURCE, person.account.pk)
    made = create_key(actor, name="Key", permissions=held, expires_at=None, owner_id=person.user.pk)
    return made.token.reveal()


def _signed_out(owner: Person) -> dict[str, Client]:
    """Browsers of those who are not signed in, or are so without belonging anywhere."""
    deactivated = make_person("deactivated", owner.account, Role.OWNER)
    live_session = deactivated.browser
    deactivated.user.is_active = False
    deactivated.user.save()
    unverified = make_person("unverified", owner.account, Role.OWNER)
    EmailAddress.objects.filter(user=unverified.user).update(verified=False)
    turned_away = Client()
    turned_away.post(reverse("account_login"), {"login": unverified.user.email, "password": PASSWORD})
    accountless = create_verified_person(email="nobody@people.example", name="Nobody", password=PASSWORD)
    belongs_nowhere = Client()
    belongs_nowhere.force_login(accountless, backend=settings.AUTHENTICATION_BACKENDS[0])
    return {
        "anonymous": Client(),
        "deactivated": live_session,
        "unverified": turned_away,
        "accountless": belongs_nowhere,
    }


def _site(person: Person, name: str) -> Site:
    return create_site(person.actor, name=name, allowed_origins=["https://shop.example"]).site


def _thing(person: Person, site: Site, key: ApiKey) -> dict[str, str]:
    """A site of this person's with two secrets, a share, and a share that waits; a key; and a task not begun."""
    actor, site_key = person.actor, site.site_key
    team = create_organization(system(SOURCE, person.account.pk), name=f"Team of {site.name}")
    Site.objects.filter(pk=site.pk).update(organization=team)
    secret = add_secret(actor, site_key=site_key, label="Second").stored
    share = share_site(actor, site_key=site_key, email=FRIEND, level=ShareLevel.READ)
    waiting = share_site(actor, site_key=site_key, email="later@people.example", level=ShareLevel.READ)
    deleted = delete_site(actor, site_key=_site(person, "Deleted").site_key)
    rotate_key(actor, key_id=key.pk, overlap=OVERLAPS["7d"])  # so that there is an earlier token to end
    disabled = create_key(actor, name="Disabled", permissions=["getSites"], expires_at=None).key
    disable_keys(actor, key_ids=[disabled.pk])
    task = start_task(actor, kind="sites.delete", inputs=[{"site_key": site_key}], title="Clean up")
    return {
        "site_key": site_key,
        "deleted_key": deleted.site_key,
        "siteKey": site_key,
        "key_id": str(key.pk),
        "task_id": str(task.pk),
        "task_hex": task.pk.hex,
        "solution": claiming(site.key),
        "org_id": ids.encode(IdSpace.ORGANIZATION, team.pk),
        "property_id": ids.encode(IdSpace.PROPERTY, site.pk),
        "import_id": _import_of(person),
        "disabled_key_id": str(disabled.pk),
        "site_id": str(site.pk),
        "secret_id": str(secret.pk),
        "share_id": str(share.pk),
        "waiting_id": str(waiting.pk),
        "image_task": _read_image(person),
        **protection_things(person, site),
    }


def _read_image(person: Person) -> str:
    """A task of this person's whose text was read, and paid."""
    grant_credits(system(SOURCE, person.account.pk), amount=10, reason="For tests")
    task = start_reading(person.actor, images=[printed("harbour")], is_list=False, wishes=Wishes())
    ImageTask.objects.filter(pk=task.pk).update(state="ready", texts=["harbour"], finished_at=clock.now())
    charge(task.pk)
    return task.code


def _import_of(person: Person) -> str:
    """A file that this person has tried out."""
    text = "name,domain\nNew,new.example"
    return str(keep_file(person_id=person.user.pk, account_id=person.account.pk, text=text).pk)


def _place(owner: Person, member: Person) -> dict[str, str]:
    """An account with an open invitation, somebody in it, two organizations; and a session of its owner's."""
    made = invite_member(owner.actor, email=f"invited.by.{owner.user.email}", role=Role.MEMBER)
    session = UserSession.objects.create(
        user=owner.user, ip="192.0.2.1", user_agent="pytest", session_key=owner.browser.session.session_key
    )
    organization = create_organization(owner.actor, name="Web")
    create_site(owner.actor, name="In it", allowed_origins=["https://in.example"], organization_id=organization.pk)
    deleted = create_organization(owner.actor, name="Deleted")
    delete_organization(owner.actor, organization_id=deleted.pk)
    return {
        "organization_id": str(organization.pk),
        "deleted_organization_id": str(deleted.pk),
        "account_id": str(owner.account.pk),
        "invitation_id": str(made.invitation.pk),
        "invitation_token": made.token.reveal(),
        "person_id": str(member.user.pk),
        "person_email": member.user.email,
        "session_id": str(session.pk),
    }


def expected_of(row: Row, principal: str) -> tuple[int, list[tuple[str, str]]]:
    """The status, and the outcome of each new event with who did it."""
    match row.outcome_for(principal):
        case "allowed":
            return row.success, [("done", action) for action in row.events]
        case "refused":
            return 403, [("refused", row.missing)]
    return 404, []
