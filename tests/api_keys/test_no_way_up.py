"""Nobody gets a stronger key by the pages than they could make by right: create, edit, rotate, enable, pre-fill."""

from datetime import timedelta

import pytest
from django.urls import reverse

from apps.accounts.models import Membership
from apps.api_keys import life
from apps.api_keys.authentication import key_actor
from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit import clock
from apps.permissions.catalogue import CATALOGUE
from apps.permissions.refusals import Forbidden, Invalid
from apps.permissions.roles import PERMISSIONS, Role
from apps.sites.operations import create_site
from tests.api_keys.conftest import WHOAMI, tokens_in
from tests.people import SOURCE, Api

BEYOND_A_MEMBER = sorted(set(CATALOGUE) - PERMISSIONS[Role.MEMBER])
FORM = {"name": "More", "permissions": ["getSites"], "expires": "90", "reach": "all"}


@pytest.fixture
def foreign(dave):
    return create_site(dave.actor, name="Foreign", allowed_origins=["https://foreign.example"]).site


def keys_of(person):
    return ApiKey.objects.filter(created_by=person.user)


@pytest.mark.parametrize("name", BEYOND_A_MEMBER)
def test_a_form_with_a_permission_that_its_sender_lacks_makes_no_key(name, carol):
    answer = carol.browser.post(reverse("new_key"), FORM | {"permissions": ["getSites", name]})

    assert answer.status_code in {403, 422}
    assert not tokens_in(answer)
    assert not keys_of(carol).exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"permissions": ["*"]},
        {"permissions": ["GETSITES"]},
        {"permissions": []},
        {"reach": "everything"},
        {"reach": "sites", "sites": []},
        {"reach": "sites", "sites": ["@foreign"]},
        {"reach": "sites", "sites": ["@shop", "@foreign"]},
        {"networks": "anywhere"},
        {"networks": "203.0.113.7/24"},
        {"expires": "forever"},
        {"expires": "custom", "expires_on": "9999-12-31"},
        {"expires": "custom", "expires_on": "2001-01-01"},
        {"expires": "seconds", "expires_in": "-5"},
        {"expires": "seconds", "expires_in": "1e9"},
    ],
    ids=str,
)
def test_a_form_that_asks_for_what_there_is_not_makes_no_key(fields, carol, shop, foreign):
    places = {"@shop": shop.site_key, "@foreign": foreign.site_key}
    form = FORM | {
        name: [places.get(v, v) for v in value] if name == "sites" else value for name, value in fields.items()
    }

    answer = carol.browser.post(reverse("new_key"), form)

    assert answer.status_code == 422
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"created_by": "1"}, {"owner_id": "1"}, {"account": "1"}, {"role": "owner"}], ids=str
)
def test_a_field_that_the_form_does_not_have_means_nothing(fields, alice, carol):
    carol.browser.post(reverse("new_key"), FORM | fields)

    key = ApiKey.objects.get()
    assert (key.created_by_id, key.account_id) == (carol.user.pk, carol.account.pk)


@pytest.mark.parametrize(
    ("end", "fields"),
    [("keys_must_end", {"expires": "never"}), ("longest_key_days", {"expires": "365"})],
)
def test_no_form_gets_round_the_accounts_limits(end, fields, alice, carol):
    setattr(alice.account, end, 30 if end == "longest_key_days" else True)
    alice.account.save()

    assert carol.browser.post(reverse("new_key"), FORM | fields).status_code == 422
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        f"permissions={','.join(CATALOGUE)}",
        "permissions=createUser&name=Innocent",
        "permissions=updateAccount%20grantCredits",
        "permissions=*",
        "sites=@foreign",
        "expires=never",
        "expires_in=999999999999",
        "networks=0.0.0.0/0",
    ],
)
def test_a_link_creates_nothing_and_offers_nothing_that_its_reader_lacks(query, alice, carol, foreign):
    alice.account.keys_must_end = True
    alice.account.save()

    answer = carol.browser.get(f"{reverse('new_key')}?{query.replace('@foreign', foreign.site_key)}")

    assert answer.status_code == 200
    assert not ApiKey.objects.exists()
    chosen = {
        choice.permission.name for group in answer.context["groups"] for choice in group.permissions if choice.is_chosen
    }
    assert chosen <= PERMISSIONS[Role.MEMBER]
    assert answer.context["form"]["expires"].value() != "never"
    assert "Foreign" not in answer.content.decode()


def test_an_admin_cannot_take_the_token_of_an_owners_key(alice, grace, make_key):
    token = make_key(alice)
    key = keys_of(alice).get()

    answer = grace.browser.post(reverse("rotate_key", args=[key.pk]), {"overlap": "0"})

    assert answer.status_code == 403
    assert not tokens_in(answer)
    assert Api(token).get(WHOAMI).status_code == 200


@pytest.mark.parametrize("name", ["rotate_key", "edit_key", "enable_key", "disable_key", "delete_key"])
def test_a_member_does_not_know_of_another_members_key(name, bob, carol, make_key):
    make_key(bob)
    key = keys_of(bob).get()

    assert carol.browser.post(reverse(name, args=[key.pk]), {"overlap": "0", "name": "Mine"}).status_code == 404
    assert carol.browser.post(reverse("delete_keys"), {"keys": [str(key.pk)]}).status_code == 404


@pytest.mark.parametrize("stronger", ["verify", "createUser"])
def test_a_key_does_not_rotate_or_enable_one_that_may_do_more(stronger, alice, make_key):
    make_key(alice, "updateApiKey", "getApiKeys", name="Weak")
    make_key(alice, "getApiKeys", stronger, name="Strong")
    weak, strong = ApiKey.objects.get(name="Weak"), ApiKey.objects.get(name="Strong")
    actor = key_actor(weak, Role.OWNER, SOURCE)

    for act in (life.rotate_key, life.enable_key):
        with pytest.raises(Forbidden, match=stronger):
            act(actor, key_id=strong.pk)


def test_rotating_moves_neither_the_end_nor_anything_else(alice):
    end = clock.now() + timedelta(hours=2)
    key = create_key(alice.actor, name="Short", permissions=["verify"], expires_at=end, networks=["127.0.0.1"]).key
    life.rotate_key(alice.actor, key_id=key.pk, overlap=timedelta(days=7))

    key.refresh_from_db()
    assert (key.expires_at, key.permissions, key.networks) == (end, ["verify"], ["127.0.0.1/32"])


def test_an_overlap_never_outlives_an_earlier_one(alice, make_key):
    make_key(alice)
    key = ApiKey.objects.get()
    life.rotate_key(alice.actor, key_id=key.pk, overlap=timedelta(hours=1))
    first = key.tokens.earliest("pk").expires_at
    life.rotate_key(alice.actor, key_id=key.pk, overlap=timedelta(days=7))

    assert key.tokens.earliest("pk").expires_at == first


@pytest.mark.parametrize("overlap", [timedelta(days=8), timedelta(seconds=-1), timedelta(hours=2)])
def test_no_other_overlap_is_taken(overlap, alice, make_key):
    make_key(alice)
    with pytest.raises(Invalid, match="overlap"):
        life.rotate_key(alice.actor, key_id=ApiKey.objects.get().pk, overlap=overlap)


def test_an_old_token_does_not_come_back_with_the_next_rotation(alice, make_key):
    old = make_key(alice)
    key = ApiKey.objects.get()
    life.rotate_key(alice.actor, key_id=key.pk)
    life.rotate_key(alice.actor, key_id=key.pk, overlap=timedelta(days=7))

    assert Api(old).get(WHOAMI).status_code == 401


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER, Role.AUDITOR])
def test_a_key_of_somebody_demoted_does_no_more_than_they_may(role, grace, make_key):
    api = Api(make_key(grace))
    Membership.objects.filter(person=grace.user).update(role=role)

    assert set(api.get(WHOAMI).json()["permissions"]) == PERMISSIONS[role]
