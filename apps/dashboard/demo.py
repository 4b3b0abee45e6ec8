"""The demo account's story: a month at a shop, told through the same operations that people and keys use."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from apps.accounts.actors import member_actor
from apps.accounts.models import Account, Membership, Organization, User
from apps.accounts.operations import add_member, create_verified_person, found_account
from apps.accounts.team import invite_member
from apps.api_keys.authentication import key_actor
from apps.api_keys.life import delete_key
from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key, record_expired_keys
from apps.audit import clock
from apps.audit.actions import Action
from apps.audit.models import AuditEvent, Outcome
from apps.audit.record import Source, Target, record
from apps.credentials.overlap import OVERLAPS
from apps.dashboard.demo_credits import credit_chapters
from apps.dashboard.demo_rules import rule_chapters, suggest_rules
from apps.dashboard.demo_traffic import visit_sites
from apps.dashboard.demo_usage import use_keys
from apps.permissions.actor import Actor, system
from apps.permissions.catalogue import PRESETS
from apps.permissions.models import ShareLevel
from apps.permissions.refusals import Forbidden
from apps.permissions.roles import Role
from apps.sites.models import Site
from apps.sites.operations import create_site, deactivate_site, update_site
from apps.sites.organizations import create_organization, move_sites
from apps.sites.secrets import add_secret, rotate_secret
from apps.sites.sharing import share_site
from apps.tasks.running import run_task
from apps.tasks.work import start_task

ACCOUNT_NAME: Final = "Fjordline Outdoor"
STORY_DAYS: Final = 31
_BROWSER: Final = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
_PERMISSIONS: Final = {preset.name: preset.permissions for preset in PRESETS}


@dataclass(frozen=True, slots=True)
class Character:
    """Somebody in the story; addresses and networks are from the ranges reserved for documentation."""

    email: str
    name: str
    role: Role
    ip: str


PEOPLE: Final = (
    Character("alice@fjordline.example", "Alice Andersen", Role.OWNER, "203.0.113.10"),
    Character("grace@fjordline.example", "Grace Okafor", Role.ADMIN, "203.0.113.24"),
    Character("carol@fjordline.example", "Carol Chen", Role.MEMBER, "198.51.100.7"),
    Character("bob@fjordline.example", "Bob Brandt", Role.MEMBER, "198.51.100.61"),
    Character("victor@fjordline.example", "Victor Haugen", Role.VIEWER, "2001:db8:4::1f"),
    Character("erin@fjordline.example", "Erin Eide", Role.AUDITOR, "192.0.2.88"),
)
_SITES: Final = (
    ("Shop", ["https://shop.fjordline.example", "https://www.fjordline.example"]),
    ("Newsletter", ["https://news.fjordline.example"]),
    ("Support desk", ["https://help.fjordline.example"]),
    ("Community forum", ["https://forum.fjordline.example"]),
    ("Careers", ["https://jobs.fjordline.example"]),
    ("Gift cards", ["https://gifts.fjordline.example"]),
    ("Trip booking", ["https://trips.fjordline.example", "https://booking.fjordline.example:8443"]),
    ("Partner portal", ["https://partners.fjordline.example"]),
    ("Press room", ["https://press.fjordline.example"]),
    ("Loyalty club", ["https://club.fjordline.example"]),
    ("Checkout (staging)", ["https://staging.fjordline.example", "http://localhost:3000"]),
    ("Summer sale 2025", ["https://sale.fjordline.example"]),
    ("Old shop", ["https://old-shop.fjordline.example"]),
)


@dataclass
class Story:
    """What is known while the story is told."""

    started_at: datetime
    chance: random.Random
    account: Account
    people: dict[str, User] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    keys: dict[str, ApiKey] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)

    def person(self, name: str, surface: str = "dashboard") -> Actor:
        """The actor that the person whose first name this is would be now."""
        character = next(character for character in PEOPLE if character.email.startswith(name))
        membership = Membership.objects.get(account=self.account, person=self.people[name])
        return member_actor(membership, self.people[name], self._source(surface, character.ip, _BROWSER))

    def key(self, name: str) -> Actor:
        """The actor that a key would be now, calling the API."""
        key = self.keys[name]
        role = Role(Membership.objects.get(account=self.account, person=key.created_by).role)
        return key_actor(key, role, self._source("neocaptcha", "203.0.113.200", "python-httpx/0.28.1"))

    def _source(self, surface: str, ip: str, agent: str) -> Source:
        return Source(surface, ip, agent, f"{self.chance.getrandbits(128):032x}")


Chapter = tuple[datetime, Callable[[], object]]


def tell(password: str) -> None:
    """Create the demo account and everything in it. Whatever happens, all of it or nothing.

    Args:
        password: what every person of the story signs in with.
    """
    started_at = clock.now() - timedelta(days=STORY_DAYS)
    with transaction.atomic():
        with clock.at(started_at):
            story = _open(started_at, password)
        chapters = [
            *_site_chapters(story),
            *_organization_chapters(story),
            *_key_chapters(story),
            *_change_chapters(story),
            *_daily_chapters(story),
            *rule_chapters(started_at, story.sites, story.person),
            *credit_chapters(
                started_at, lambda: story.person("alice"), lambda: story.key("Receipt reader"), story.chance
            ),
        ]
        for moment, happens in sorted(chapters, key=lambda chapter: chapter[0]):
            with clock.at(moment):
                happens()
        record_expired_keys()
        _note_last_uses(story)
        visit_sites(story.sites, clock.now(), story.chance)
        suggest_rules(clock.now())


def _open(started_at: datetime, password: str) -> Story:
    command_line = Source("command line")
    account = found_account(system(command_line), name=ACCOUNT_NAME)
    story = Story(started_at, random.Random(7), account)  # noqa: S311  (a story, not a secret)
    for character in PEOPLE:
        person = create_verified_person(email=character.email, name=character.name, password=password)
        add_member(system(command_line, account.pk), account=account, person=person, role=character.role)
        story.people[character.email.split("@")[0]] = person
    return story


def _site_chapters(story: Story) -> list[Chapter]:
    creators = ("alice", "alice", "grace", "carol", "grace")

    def opening(name: str, origins: list[str], creator: str) -> Callable[[], object]:
        def happens() -> None:
            actor = story.key("CI pipeline") if creator == "ci" else story.person(creator)
            story.sites[name] = create_site(actor, name=name, allowed_origins=origins).site

        return happens

    chapters = []
    for number, (name, origins) in enumerate(_SITES):
        creator = "ci" if name in {"Checkout (staging)", "Loyalty club"} else creators[number % len(creators)]
        chapters.append((_at(story, number * 0.7, 9 + number % 7), opening(name, origins, creator)))
    return chapters


def _organization_chapters(story: Story) -> list[Chapter]:
    """Two organizations, and a key that reaches one of them."""

    def founding(name: str, *sites: str) -> Callable[[], object]:
        def happens() -> None:
            actor = story.person("alice")
            story.organizations[name] = create_organization(actor, name=name)
            site_keys = [story.sites[site].site_key for site in sites]
            move_sites(actor, site_keys=site_keys, organization_id=story.organizations[name].pk)

        return happens

    def partner_key() -> None:
        made = create_key(
            story.person("grace"),
            name="Agency provisioning",
            permissions=_PERMISSIONS["provisioning"],
            expires_at=clock.now() + timedelta(days=180),
            organization_id=story.organizations["Communities"].pk,
        )
        story.keys[made.key.name] = made.key

    return [
        (_at(story, 12, 5), founding("Web shops", "Shop", "Gift cards", "Trip booking")),
        (_at(story, 12, 6), founding("Communities", "Community forum", "Loyalty club", "Newsletter")),
        (_at(story, 13, 6), partner_key),
    ]


def _key_chapters(story: Story) -> list[Chapter]:
    def making(name: str, creator: str, permissions: tuple[str, ...], days: float | None) -> Callable[[], object]:
        def happens() -> None:
            end = clock.now() + timedelta(days=days) if days else None
            made = create_key(story.person(creator), name=name, permissions=permissions, expires_at=end)
            story.keys[name] = made.key

        return happens

    return [
        (_at(story, 0.2, 1), making("CI pipeline", "grace", _PERMISSIONS["provisioning"], 365)),
        (_at(story, 1, 2), making("Checkout backend", "alice", _PERMISSIONS["verification"], None)),
        (_at(story, 3, 3), making("Status dashboard", "grace", ("getSites", "getSite", "getTraffic"), 37)),
        (_at(story, 3, 5), making("Receipt reader", "alice", ("createTask", "getTask", "getBalance"), 365)),
        (_at(story, 6, 1), making("Nightly audit export", "alice", _PERMISSIONS["audit-export"], 90)),
        (_at(story, 9, 5), making("Contractor import", "alice", ("createSite", "getSites"), 14)),
        (_at(story, 12, 2), making("Forum rules bot", "carol", _PERMISSIONS["rules"], 180)),
        (_at(story, 16, 4), making("Old deploy script", "grace", _PERMISSIONS["provisioning"], 30)),
        (_at(story, 24, 0), record_expired_keys),
        (_at(story, 22, 4), lambda: delete_key(story.person("grace"), key_id=story.keys["Old deploy script"].pk)),
    ]


def _change_chapters(story: Story) -> list[Chapter]:
    def sharing(site: str, person: str, level: ShareLevel) -> Callable[[], object]:
        return lambda: share_site(
            story.person("alice"), site_key=story.sites[site].site_key, email=story.people[person].email, level=level
        )

    def rotating(site: str, who: str, overlap: str = "0") -> Callable[[], object]:
        def happens() -> None:
            actor = story.key("CI pipeline") if who == "ci" else story.person(who)
            rotate_secret(actor, site_key=story.sites[site].site_key, overlap=OVERLAPS[overlap])

        return happens

    def adding_secret(site: str, who: str, label: str) -> Callable[[], object]:
        return lambda: add_secret(story.person(who), site_key=story.sites[site].site_key, label=label)

    def inviting(who: str, email: str, role: Role) -> Callable[[], object]:
        return lambda: invite_member(story.person(who), email=email, role=role)

    def refused(attempt: Callable[[], object]) -> Callable[[], object]:
        def happens() -> None:
            try:
                attempt()
            except Forbidden:
                return

        return happens

    def changing(
        site: str, who: str, name: str | None = None, origins: list[str] | None = None
    ) -> Callable[[], object]:
        return lambda: update_site(
            story.person(who), site_key=story.sites[site].site_key, name=name, allowed_origins=origins
        )

    contractor = lambda: create_site(story.key("Status dashboard"), name="Test", allowed_origins=["https://x.example"])  # noqa: E731
    return [
        (_at(story, 10, 1), sharing("Shop", "bob", ShareLevel.READ)),
        (_at(story, 10, 2), sharing("Newsletter", "carol", ShareLevel.WRITE)),
        (_at(story, 11, 3), sharing("Support desk", "bob", ShareLevel.READ)),
        (_at(story, 14, 6), sharing("Support desk", "bob", ShareLevel.WRITE)),
        (_at(story, 11, 7), refused(rotating("Shop", "bob"))),
        (_at(story, 13, 2), changing("Careers", "grace", name="Careers site")),
        (
            _at(story, 15, 5),
            changing(
                "Newsletter", "carol", origins=["https://news.fjordline.example", "https://mail.fjordline.example"]
            ),
        ),
        (_at(story, 17, 3), rotating("Shop", "alice")),
        (_at(story, 19, 4), rotating("Gift cards", "ci")),
        (_at(story, 20, 2), refused(contractor)),
        (
            _at(story, 21, 5),
            lambda: deactivate_site(story.person("grace"), site_key=story.sites["Summer sale 2025"].site_key),
        ),
        (_at(story, 24, 3), lambda: deactivate_site(story.person("alice"), site_key=story.sites["Old shop"].site_key)),
        (_at(story, 26, 6), rotating("Checkout (staging)", "ci")),
        (_at(story, 28, 4), refused(changing("Shop", "victor", name="Shop (new)"))),
        (_at(story, 29, 5), rotating("Community forum", "carol")),
        (_at(story, 18, 4), adding_secret("Shop", "alice", "Checkout service")),
        (_at(story, 22, 2), adding_secret("Shop", "grace", "Mobile app backend")),
        (_at(story, 20, 6), inviting("alice", "oskar@agency.example", Role.VIEWER)),
        (_at(story, 29, 2), inviting("grace", "nora@fjordline.example", Role.MEMBER)),
        (_at(story, 30, 3), rotating("Newsletter", "alice", "7d")),
        (_at(story, 30.2, 2), lambda: _bulk_change(story)),
        (_at(story, 30.4, 1), changing("Partner portal", "alice", name="Partner portal (EU)")),
    ]


def _bulk_change(story: Story) -> None:
    """Grace sets how fast challenges harden, on many sites at once; on one of them she mistyped the delay."""
    inputs: list[dict[str, Any]] = [
        {"site_key": site.site_key, "settings": {"growth": "fast"}} for site in story.sites.values()
    ]
    inputs[3]["settings"]["initial_delay"] = 60
    task = start_task(story.person("grace"), kind="sites.update", inputs=inputs, title="Harden faster before the sale")
    run_task.call(str(task.pk))


def _daily_chapters(story: Story) -> list[Chapter]:
    """People sign in, mistype their passwords now and then, and sign out."""
    chapters: list[Chapter] = []
    now = clock.now()
    for day in range(1, STORY_DAYS + 1):
        for character in PEOPLE:
            moment = _at(story, day, story.chance.uniform(-2, 6))
            if story.chance.random() < 0.45 or moment >= now:
                continue
            name = character.email.split("@")[0]
            if story.chance.random() < 0.1:
                chapters.append((moment, _signing(story, name, Action.SIGN_IN_REFUSED)))
            chapters.append((moment + timedelta(seconds=20), _signing(story, name, Action.SIGN_IN_SUCCEEDED)))
            ended = moment + timedelta(minutes=story.chance.uniform(5, 90))
            if story.chance.random() < 0.4 and ended < now:
                chapters.append((ended, _signing(story, name, Action.SIGN_IN_ENDED)))
    return chapters


def _signing(story: Story, name: str, action: Action) -> Callable[[], object]:
    def happens() -> None:
        actor = story.person(name)
        is_refused = action is Action.SIGN_IN_REFUSED
        record(
            actor,
            action,
            Target("person", actor.id, actor.label),
            outcome=Outcome.REFUSED if is_refused else Outcome.DONE,
            reason="Wrong password." if is_refused else "",
        )

    return happens


def _note_last_uses(story: Story) -> None:
    use_keys(story.keys, clock.now(), story.chance)
    signed_in = AuditEvent.objects.filter(account_id=story.account.pk, action=Action.SIGN_IN_SUCCEEDED)
    for person in story.people.values():
        last = signed_in.filter(target_id=str(person.pk)).order_by("-at").first()
        if last:
            Membership.objects.filter(account=story.account, person=person).update(last_seen_at=last.at)


def _at(story: Story, day: float, hour: float) -> datetime:
    """A moment of the story, never in the future."""
    moment = story.started_at + timedelta(days=day, hours=hour, minutes=story.chance.uniform(0, 50))
    return min(moment, clock.now() - timedelta(seconds=story.chance.uniform(60, 600)))
