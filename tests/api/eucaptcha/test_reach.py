"""Who may do what with a shared sitekey: the contract's matrix, by key and by login token, and at once."""

import pytest

from apps.accounts.models import Account, Membership
from apps.accounts.operations import create_verified_person
from apps.api_keys.models import ApiKey
from apps.permissions.models import Share, ShareLevel
from apps.permissions.roles import Role
from apps.sites.models import Site
from apps.sites.operations import create_site
from apps.sites.sharing import share_site
from tests.api.eucaptcha.conftest import LOGIN, PERMISSIONS, SECRETS, SITEKEYS, STATISTICS, log_in, refused
from tests.people import PASSWORD, Api, Person, make_person

SEEING = ["list", "get", "statistics"]
CHANGING = ["patch"]
OWNING = ["list permissions", "grant", "change", "remove", "list secrets", "add secret", "delete secret", "delete"]


def do(api: Api, shop: Site, share: Share, what: str) -> int:
    """Try something on the shop; 404 also for a list that it is not on."""
    item, secret = f"{SITEKEYS}/{shop.pk}", shop.secrets.order_by("pk").first()
    if what == "list":
        found = api.get(SITEKEYS)
        return found.status_code if shop.pk in [one["id"] for one in found.json()["member"]] else 404
    grant = {"sitekey_id": shop.pk, "email": "victor@people.example", "permission": "read"}
    tries = {
        "get": lambda: api.get(item),
        "statistics": lambda: api.get(STATISTICS, sitekey=shop.pk),
        "patch": lambda: api.patch(item, {"train": False}),
        "list permissions": lambda: api.get(PERMISSIONS, sitekey_id=shop.pk),
        "grant": lambda: api.post(PERMISSIONS, grant),
        "change": lambda: api.patch(f"{PERMISSIONS}/{share.pk}", {"permission": "write"}),
        "remove": lambda: api.delete(f"{PERMISSIONS}/{share.pk}"),
        "list secrets": lambda: api.get(f"{SECRETS}/{shop.pk}"),
        "add secret": lambda: api.post(SECRETS, {"sitekey": f"/captcha_sitekeys/{shop.pk}"}),
        "delete secret": lambda: api.delete(f"{SECRETS}/{secret.pk if secret else 0}"),
        "delete": lambda: api.delete(item),
    }
    return int(tries[what]().status_code)


@pytest.fixture
def people(alice, grace, bob, carol, victor, erin, dave, shop, account):
    """Everybody, and a member without a share; two who are only guests."""
    guests = {}
    for name, level in [("nora", ShareLevel.READ), ("oscar", ShareLevel.WRITE)]:
        user = create_verified_person(email=f"{name}@people.example", name=name, password=PASSWORD)
        share_site(alice.actor, site_key=shop.site_key, email=user.email, level=level)
        guests[name] = Person(user, account)
    share_site(alice.actor, site_key=shop.site_key, email=dave.user.email, level=ShareLevel.READ)
    Share.objects.filter(person=dave.user).delete()
    mallory = make_person("mallory", account, Role.MEMBER)
    named = {"alice": alice, "grace": grace, "bob": bob, "carol": carol, "victor": victor, "erin": erin, "dave": dave}
    return named | guests | {"mallory": mallory}


SEES = dict.fromkeys(SEEING, 200)
ALL = SEES | {
    "patch": 200,
    "list permissions": 200,
    "grant": 201,
    "change": 200,
    "remove": 204,
    "list secrets": 200,
    "add secret": 201,
    "delete secret": 409,  # the only one
    "delete": 204,
}
NOT_OWNING = dict.fromkeys(OWNING, 403)
NOTHING = dict.fromkeys(ALL, 404)
MATRIX = {
    "alice": ALL,
    "grace": ALL,
    "bob": SEES | {"patch": 403} | NOT_OWNING,
    "carol": SEES | {"patch": 200} | NOT_OWNING,
    "nora": SEES | {"patch": 403} | NOT_OWNING,
    "oscar": SEES | {"patch": 200} | NOT_OWNING,
    "victor": SEES | {"patch": 403} | NOT_OWNING | {"list permissions": 200, "list secrets": 200},
    "erin": SEES | {"statistics": 403, "patch": 403} | NOT_OWNING | {"list permissions": 200, "list secrets": 200},
    "dave": NOTHING,
    "mallory": NOTHING,
}


@pytest.mark.parametrize(("name", "what"), [(name, what) for name in MATRIX for what in MATRIX[name]])
def test_the_matrix_by_login_token(people, shop, bob, name, what):
    share = Share.objects.get(site=shop, person=bob.user)

    assert do(Api(log_in(people[name])), shop, share, what) == MATRIX[name][what]


@pytest.mark.parametrize(
    ("name", "what"), [(name, what) for name in MATRIX if name not in {"nora", "oscar"} for what in MATRIX[name]]
)
def test_the_matrix_by_key(people, shop, bob, make_key, name, what):
    """A key acts in its own account, so guests have none there."""
    share = Share.objects.get(site=shop, person=bob.user)
    expected = MATRIX[name][what]

    assert do(Api(make_key(people[name])), shop, share, what) == expected


@pytest.mark.parametrize(
    ("name", "permission"),
    [("alice", "owner"), ("bob", "read"), ("carol", "write"), ("nora", "read"), ("oscar", "write"), ("victor", "read")],
)
def test_the_answer_says_what_the_caller_may_do_and_only_owners_see_a_secret(people, shop, name, permission):
    api = Api(log_in(people[name]))
    for body in (api.get(f"{SITEKEYS}/{shop.pk}").json(), api.get(SITEKEYS).json()["member"][0]):
        assert body["permission"] == permission
        assert ("secret" in body) == (permission == "owner")
        assert body.get("secret", "ss_live_…")[:9] == "ss_live_…"


def test_a_stranger_is_told_the_same_of_a_foreign_thing_as_of_a_missing_one(people, shop, bob, calling):
    share = Share.objects.get(site=shop, person=bob.user)
    secret = shop.secrets.get()
    for name in ("dave", "mallory"):
        api = calling(people[name])
        for foreign, missing in [
            (api.get(f"{SITEKEYS}/{shop.pk}"), api.get(f"{SITEKEYS}/999999")),
            (api.patch(f"{SITEKEYS}/{shop.pk}", {}), api.patch(f"{SITEKEYS}/999999", {})),
            (api.delete(f"{SITEKEYS}/{shop.pk}"), api.delete(f"{SITEKEYS}/999999")),
            (api.get(PERMISSIONS, sitekey_id=shop.pk), api.get(PERMISSIONS, sitekey_id=999999)),
            (
                api.post(PERMISSIONS, {"sitekey_id": shop.pk, "email": "bob@people.example", "permission": "read"}),
                api.post(PERMISSIONS, {"sitekey_id": 999999, "email": "bob@people.example", "permission": "read"}),
            ),
            (
                api.patch(f"{PERMISSIONS}/{share.pk}", {"permission": "read"}),
                api.patch(f"{PERMISSIONS}/999999", {"permission": "read"}),
            ),
            (api.delete(f"{PERMISSIONS}/{share.pk}"), api.delete(f"{PERMISSIONS}/999999")),
            (api.get(f"{SECRETS}/{shop.pk}"), api.get(f"{SECRETS}/999999")),
            (api.post(SECRETS, {"sitekey": shop.pk}), api.post(SECRETS, {"sitekey": 999999})),
            (api.delete(f"{SECRETS}/{secret.pk}"), api.delete(f"{SECRETS}/999999")),
            (api.get(STATISTICS, sitekey=shop.pk), api.get(STATISTICS, sitekey=999999)),
            (api.get(STATISTICS, sitekey=shop.site_key), api.get(STATISTICS, sitekey=f"pk_{'0' * 22}")),
        ]:
            refused(foreign, 404)
            assert foreign.content == missing.content
            assert set(foreign.headers) == set(missing.headers)


def test_a_share_its_upgrade_and_its_end_hold_from_the_next_request(alice, dave, shop):
    owner, guest = Api(log_in(alice)), Api(log_in(dave))
    item = f"{SITEKEYS}/{shop.pk}"
    assert guest.get(item).status_code == 404

    grant = {"sitekey_id": shop.pk, "email": dave.user.email, "permission": "read"}
    permission = owner.post(PERMISSIONS, grant).json()["@id"]
    assert guest.get(item).json()["permission"] == "read"
    assert "needs its owner" in refused(guest.patch(item, {"label": "Dave's"}), 403)

    owner.patch(permission, {"permission": "write"})
    assert guest.patch(item, {"label": "Dave's"}).json()["label"] == "Dave's"
    refused(guest.get(f"{SECRETS}/{shop.pk}"), 403)

    owner.delete(permission)
    assert guest.get(item).status_code == 404
    assert guest.get(SITEKEYS).json()["totalItems"] == 0


def test_a_person_sees_every_account_of_theirs_and_what_is_shared_and_a_key_only_its_own(alice, dave, shop, make_key):
    own = create_site(dave.actor, name="Dave's", allowed_origins=["https://dave.example"]).site
    share_site(alice.actor, site_key=shop.site_key, email=dave.user.email, level=ShareLevel.READ)
    third = make_person("zoe", Account.objects.create(name="Third"), Role.OWNER)
    Membership.objects.create(account=third.account, person=dave.user, role=Role.VIEWER)
    seen = create_site(third.actor, name="Third", allowed_origins=["https://third.example"]).site

    def listed(api: Api) -> dict[int, str]:
        return {one["id"]: one["permission"] for one in api.get(SITEKEYS).json()["member"]}

    assert listed(Api(log_in(dave))) == {shop.pk: "read", own.pk: "owner", seen.pk: "read"}
    assert listed(Api(make_key(dave))) == {own.pk: "owner"}


def test_a_person_creates_in_the_account_that_they_work_in(alice, dave, shop):
    Membership.objects.create(account=alice.account, person=dave.user, role=Role.MEMBER)
    dave.user.current_account = alice.account
    dave.user.save()

    made = Api(log_in(dave)).post(SITEKEYS, {"domain": "new.example"}).json()

    assert Site.objects.get(pk=made["id"]).account == alice.account
    assert made["permission"] == "owner"


def test_a_person_without_an_account_may_create_nothing(people):
    answer = Api(log_in(people["nora"])).post(SITEKEYS, {"domain": "new.example"})

    assert "belong to no account" in refused(answer, 403)
    assert answer["X-Accepted-Permissions"] == "createSite"


def test_a_lowered_role_holds_from_the_next_request(grace, shop, calling):
    api = calling(grace)
    assert api.patch(f"{SITEKEYS}/{shop.pk}", {"train": False}).status_code == 200

    Membership.objects.filter(person=grace.user).update(role=Role.VIEWER)

    assert api.get(f"{SITEKEYS}/{shop.pk}").json()["permission"] == "read"
    assert "updateSite" in refused(api.patch(f"{SITEKEYS}/{shop.pk}", {"train": True}), 403)


def test_the_sites_of_an_account_that_asks_everybody_for_a_second_factor_are_out_of_a_tokens_reach(alice, dave, shop):
    share_site(alice.actor, site_key=shop.site_key, email=dave.user.email, level=ShareLevel.READ)
    owner, guest = Api(log_in(alice)), Api(log_in(dave))
    Account.objects.filter(pk=alice.account.pk).update(requires_second_factor=True)

    assert owner.get(SITEKEYS).status_code == 401
    assert "second factor" in Api().post(LOGIN, {"email": alice.user.email, "password": PASSWORD}).json()["message"]
    assert guest.get(f"{SITEKEYS}/{shop.pk}").status_code == 404
    assert guest.get(SITEKEYS).json()["totalItems"] == 0


def test_a_list_costs_the_same_however_long_it_is(alice, shop, calling, django_assert_max_num_queries, make_key):
    api = calling(alice)
    with django_assert_max_num_queries(12) as few:
        api.get(SITEKEYS)
    for number in range(20):
        create_site(alice.actor, name=f"{number}", allowed_origins=["https://x.example"])
    with django_assert_max_num_queries(len(few.captured_queries)):
        assert api.get(SITEKEYS).json()["totalItems"] == 21


def test_a_key_whose_creator_left_is_a_401(grace, shop, make_key):
    api = Api(make_key(grace))
    Membership.objects.filter(person=grace.user).delete()

    answer = api.get(SITEKEYS)

    assert ApiKey.objects.filter(created_by=grace.user).exists()
    assert answer.json() == {"code": 401, "message": answer.json()["message"]}
    assert "creator left" in answer.json()["message"]
