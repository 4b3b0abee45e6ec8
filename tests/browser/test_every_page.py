"""Every page in both themes and at two widths: nothing for axe, nothing on the console, nothing sticking out."""

from uuid import uuid4

import pytest

from apps.accounts.models import Account
from apps.api_keys import usage
from apps.api_keys.usage_models import CallOutcome
from apps.audit.models import AuditEvent
from apps.credits import ledger
from apps.credits.operations import grant_credits
from apps.protection import recording
from apps.protection.record_models import CaptchaRecord
from apps.protection.rule_drafts import Wanted
from apps.protection.rules import create_rule
from apps.sites.models import Site
from apps.sites.operations import deactivate_site
from apps.sites.organizations import create_organization, delete_organization, move_sites
from apps.tasks.bulk_models import keep_file
from apps.tasks.running import run_task
from apps.tasks.work import start_task
from tests.authorization.rule_things import rule_things
from tests.protection.noting import answer, block, visitor

PAGES = [
    "/",
    "/sitekeys/",
    "/sitekeys/?q=nothing+like+it",
    "/sitekeys/new",
    "/sitekeys/{site}/",
    "/sitekeys/{site}/traffic",
    "/sitekeys/{site}/traffic?range=live",
    "/traffic/?range=30d",
    "/records/",
    "/records/?q=nothing+like+it",
    "/records/?from=2020-03-29&zone=Europe/Oslo",
    "/records/{record}",
    "/records/{blocked}",
    "/sitekeys/{site}/install",
    "/sitekeys/{site}/install?words=eu-captcha&page=wordpress&backend=java",
    "/sitekeys/{site}/settings",
    "/sitekeys/{site}/secrets",
    "/sitekeys/{site}/secrets/rotate",
    "/sitekeys/{site}/activity",
    "/sitekeys/{site}/deactivate",
    "/bulk/import",
    "/bulk/import/{import}",
    "/bulk/change?sites={site}",
    "/bulk/change?sites={site}&setting=growth",
    "/bulk/change?sites={site}&setting=growth&value=fast",
    "/bulk/change?all=yes&setting=growth&value=fast",
    "/keys/",
    "/keys/new?name=CI&permissions=createApiKey,getSites,nonsense",
    "/keys/{key}/",
    "/keys/{key}/usage",
    "/keys/{key}/usage?by=hour",
    "/keys/{unused}/usage",
    "/keys/settings",
    "/keys/?state=disabled&sort=used",
    "/keys/{key}/edit",
    "/keys/{key}/rotate",
    "/keys/{key}/end-earlier-tokens",
    "/keys/{key}/delete",
    "/keys/disable?keys={key}",
    "/keys/delete?keys={key}",
    "/keys/new?name=CI&permissions=getSites,createSite&sites={site}&networks=203.0.113.0/24&expires_in=3600",
    "/organizations/",
    "/organizations/?q=nothing+like+it",
    "/organizations/new",
    "/organizations/deleted",
    "/organizations/{organization}/",
    "/organizations/{organization}/?q=nothing+like+it",
    "/organizations/{organization}/rename",
    "/organizations/{organization}/delete",
    "/organizations/move?sites={site}",
    "/keys/new?organization={organization}",
    "/rules/",
    "/rules/?q=nothing+like+it",
    "/rules/?deleted={deleted_rule}",
    "/rules/new",
    "/rules/import",
    "/rules/groups",
    "/rules/groups/{rule_group}/delete",
    "/rules/suggestions",
    "/rules/suggestions?status=dismissed",
    "/rules/check",
    "/rules/check?site={site}&address=203.0.113.7&user_agent=&country=&asn=&user_id=&ja4=",
    "/rules/{rule}/",
    "/rules/{rule}/edit",
    "/rules/{idle_rule}/",
    "/rules/{idle_rule}/edit",
    "/rules/{rule}/delete",
    "/tasks/",
    "/tasks/{task}/",
    "/tasks/{task}/?show=failed",
    "/tasks/{waiting}/",
    "/tasks/{waiting}/cancel",
    "/read-text/",
    "/credits/",
    "/credits/?kind=expire",
    "/credits/?work={work}",
    "/credits/grant",
    "/log/",
    "/log/?actor=nobody+like+this",
    "/log/?to=2020-03-29&zone=America/Argentina/ComodRivadavia",
    "/log/{event}",
    "/log/check",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
]
PARTS = 4  # so that several processes share the work
TABLE = f"name,domain,growth,colour,site_key\nOne,one.example,fast,red,x\nTwo,no domain!,,,\n{'x' * 120},x.example,,,\n"
SIGNED_OUT = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/password/reset/done/"]


@pytest.fixture
def places(alice, shop, bob, carol, make_key):
    """What stands in the addresses: a site, a key, an event."""
    make_key(alice, name="A key with a rather long name that has to wrap somewhere")
    Site.objects.filter(pk=shop.pk).update(
        name="A name without any space in it that is as long as can be".replace(" ", "-") * 4
    )
    deactivate_site(alice.actor, site_key=shop.site_key)
    key = alice.account.api_keys.get()
    use(key)
    make_key(alice, "getSites", name="Unused")
    return {
        "site": shop.site_key,
        "organization": organizations_of(alice, shop),
        "key": key.pk,
        "unused": alice.account.api_keys.get(name="Unused").pk,
        "task": finished_task(alice, shop).pk,
        "waiting": start_task(alice.actor, kind="sites.delete", inputs=[{"site_key": "x"}], title="Waiting").pk,
        "import": keep_file(person_id=alice.user.pk, account_id=alice.account.pk, text=TABLE).pk,
        **records_of(shop),
        **rules_of(alice, shop),
        "work": spend_credits(alice),
        "event": AuditEvent.objects.filter(account_id=alice.account.pk).count(),
    }


def records_of(shop):
    """What became of a challenge that was verified, and of a visitor who was blocked with the longest of names."""
    checked = answer(shop)
    block(shop, visitor(user_agent="x" * 300, user_id="y" * 200, country=""))
    recording.flush()
    return {"record": checked.nonce, "blocked": CaptchaRecord.objects.get(status="blocked").pk}


def rules_of(alice, shop):
    """Rules that match the same request, one of them with a long condition; a deleted one; and a suggestion."""
    things = rule_things(alice, shop)
    wanted = Wanted("restrict", [("ip", "203.0.113.7"), ("userAgent", "Mozilla/5.0 " * 20)], pow_difficulty=6)
    create_rule(alice.actor, wanted=wanted)
    create_rule(alice.actor, wanted=Wanted("block", [("ipMask", "203.0.113.0/24")], description="A long one " * 20))
    names = {"rule": "rule_handle", "deleted_rule": "deleted_rule_handle", "rule_group": "rule_group"}
    idle = create_rule(alice.actor, wanted=Wanted("restrict", [("asn", "64496")], pow_difficulty=1)).rule.handle
    return {name: things[thing] for name, thing in names.items()} | {"idle_rule": idle}


def organizations_of(alice, shop):
    """An organization with a long name and a site, and a deleted one; the number of the first."""
    web, gone = (create_organization(alice.actor, name=f"{name} shops and their blogs") for name in ("All", "Old"))
    delete_organization(alice.actor, organization_id=gone.pk)
    move_sites(alice.actor, site_keys=[shop.site_key], organization_id=web.pk)
    Account.objects.filter(pk=alice.account.pk).update(most_sites=50, most_organizations=5)
    return web.pk


def finished_task(alice, shop):
    """A task with an item that was done, and one that failed with a long reason."""
    inputs = [{"site_key": shop.site_key, "settings": {"level": 120}}, {"site_key": shop.site_key, "name": "x" * 300}]
    task = start_task(alice.actor, kind="sites.update", inputs=inputs, title="A task whose title has to wrap somewhere")
    run_task.call(str(task.pk))
    return task


def spend_credits(alice):
    """A ledger with every kind of entry but one; the work that was refunded."""
    grant_credits(alice.actor, amount=5000, reason="A reason that is long enough to have to wrap somewhere in a table")
    works = [uuid4() for _ in range(3)]
    for work in works:
        ledger.reserve(alice.actor, amount=1200, reference=work, label="Reading text, k3j4h5g6f7")
    ledger.charge(works[0])
    ledger.refund(works[1], reason="No text was found")
    return works[1]


def use(key):
    """Give a key calls of every outcome, a refusal with a reason, and a network."""
    for outcome in CallOutcome:
        usage.count(key.pk, "getSites", outcome, reason="lacks getSites", address="2001:db8::1")
    usage.flush()


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_accessible_fits_and_is_quiet(page, sign_in, looks_right, alice, places, part):
    sign_in(page, alice)
    for address in PAGES[part::PARTS]:
        answer = page.goto(address.format(**places))
        assert answer.status == 200, address
        looks_right(page)


def test_the_reference_too(page, sign_in, axe, looks_right, alice):
    """It has 10,000 elements: all of them are looked at once, and one entry of each kind four times."""
    sign_in(page, alice)
    page.goto("/reference/")
    axe(page)
    page.evaluate("document.querySelectorAll('main section.card + section.card').forEach(entry => entry.remove())")
    looks_right(page)


def test_every_signed_out_page_is_accessible_fits_and_is_quiet(page, looks_right, db):
    for address in SIGNED_OUT:
        page.goto(address)
        looks_right(page)


def test_error_pages_are_accessible_and_say_what_to_do(page, sign_in, looks_right, complaints, dave, shop, victor):
    complaints.expected += ["404", "403"]
    sign_in(page, dave)
    page.goto(f"/sitekeys/{shop.site_key}/")
    assert "Check the key" in page.inner_text("body")
    looks_right(page)

    sign_in(page, victor)
    page.goto("/sitekeys/new")
    assert "createSite" in page.inner_text("body")
    looks_right(page)


def test_a_refused_form_keeps_what_was_typed_and_takes_the_focus(page, sign_in, looks_right, complaints, alice):
    complaints.expected.append("422")
    sign_in(page, alice)
    page.goto("/sitekeys/new")
    page.get_by_label("Name").fill("Typed before")
    page.get_by_label("Allowed origins").fill("shop.example/cart")
    page.get_by_role("button", name="Create site").click()
    page.wait_for_load_state()

    assert page.get_by_label("Name").input_value() == "Typed before"
    assert "https://shop.example" in page.inner_text("main")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    looks_right(page)


def test_secret_pages_are_accessible(page, sign_in, looks_right, alice):
    sign_in(page, alice)
    page.goto("/sitekeys/new")
    page.get_by_label("Name").fill("Shop")
    page.get_by_label("Allowed origins").fill("https://shop.example")
    page.get_by_role("button", name="Create site").click()
    page.wait_for_load_state()
    looks_right(page)
    page.goto("/keys/new?name=CI&permissions=getSites")
    page.get_by_role("button", name="Create key").click()
    page.wait_for_load_state()
    looks_right(page)
