"""A key works until it is deleted, expires, or loses its creator; each takes effect at the next request."""

from datetime import timedelta

import pytest

from apps.accounts.models import Membership
from apps.api_keys.life import delete_key
from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key, record_expired_keys
from apps.audit import clock
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.permissions.refusals import Forbidden, Invalid, NotFound
from tests.api_keys.conftest import LIST, WHOAMI
from tests.dashboard.reading import read
from tests.people import Api


def test_deleting_asks_first_and_names_the_key(alice, make_key):
    make_key(alice, name="CI pipeline")
    key = ApiKey.objects.get()

    answer = alice.browser.get(f"{LIST}{key.pk}/delete")

    assert "CI pipeline" in read(answer).text
    assert ApiKey.objects.get().deleted_at is None


def test_a_deleted_key_is_refused_at_the_next_request_and_gone_from_the_list(alice, make_key):
    token = make_key(alice, name="CI pipeline")
    key = ApiKey.objects.get()
    assert Api(token).get(WHOAMI).status_code == 200

    answer = alice.browser.post(f"{LIST}{key.pk}/delete", follow=True)

    assert "“CI pipeline” is deleted" in read(answer).text
    refused = Api(token).get(WHOAMI)
    assert refused.status_code == 401
    assert refused.json()["error"] == "This API key was deleted. Create a new one and replace it."
    assert key.masked not in read(alice.browser.get(LIST)).text
    assert alice.browser.get(f"{LIST}{key.pk}/").status_code == 404


def test_a_key_is_deleted_once(alice, make_key):
    make_key(alice)
    key = ApiKey.objects.get()
    delete_key(alice.actor, key_id=key.pk)

    with pytest.raises(NotFound):
        delete_key(alice.actor, key_id=key.pk)
    assert AuditEvent.objects.filter(action="key.deleted").count() == 1


def test_a_key_whose_creator_is_removed_stops(grace, alice, make_key):
    token = make_key(grace)

    Membership.objects.get(person=grace.user).delete()

    answer = Api(token).get(WHOAMI)
    assert answer.status_code == 401
    assert "creator left the account" in answer.json()["error"]


def test_a_key_whose_creator_is_deactivated_stops_and_starts_again_with_them(grace, make_key):
    token = make_key(grace)
    for is_active, status in ((False, 401), (True, 200)):
        grace.user.is_active = is_active
        grace.user.save()
        assert Api(token).get(WHOAMI).status_code == status


def test_a_key_whose_creator_is_demoted_can_do_what_they_can_do_now(grace, shop, make_key):
    api = Api(make_key(grace))
    assert api.patch(f"/api/v1/sites/{shop.site_key}", {"name": "By an admin"}).status_code == 200

    Membership.objects.filter(person=grace.user).update(role="viewer")

    answer = api.patch(f"/api/v1/sites/{shop.site_key}", {"name": "By a viewer"})
    assert answer.status_code == 403
    assert answer["X-Accepted-Permissions"] == "updateSite"
    assert api.get(f"/api/v1/sites/{shop.site_key}").json()["name"] == "By an admin"


def test_a_key_whose_creator_loses_a_share_loses_the_site(carol, shop, make_key):
    api = Api(make_key(carol))
    assert api.get(f"/api/v1/sites/{shop.site_key}").status_code == 200

    shop.shares.filter(person=carol.user).delete()

    assert api.get(f"/api/v1/sites/{shop.site_key}").status_code == 404


def test_an_expired_key_stops_to_the_moment(alice, make_key):
    token = make_key(alice, expires_in=timedelta(hours=1))
    end = ApiKey.objects.get().expires_at
    assert end is not None

    with clock.at(end - timedelta(microseconds=1)):
        assert Api(token).get(WHOAMI).status_code == 200
    with clock.at(end):
        answer = Api(token).get(WHOAMI)
    assert answer.status_code == 401
    assert "has expired" in answer.json()["error"]


def test_the_last_use_is_written_at_most_once_a_minute(alice, make_key, django_assert_num_queries):
    api = Api(make_key(alice))
    start = clock.now()
    for seconds, queries, noted in (
        (0, 3, 0),
        (1, 1, 0),
        (59, 1, 0),
        (60, 3, 60),
        (61, 1, 60),
        (119, 1, 60),
        (120, 3, 120),
    ):
        with clock.at(start + timedelta(seconds=seconds)), django_assert_num_queries(queries):
            api.get(WHOAMI)
        assert ApiKey.objects.get().last_used_at == start + timedelta(seconds=noted)


def test_an_expiry_is_in_the_log_once(alice, make_key):
    make_key(alice, name="Old", expires_in=timedelta(minutes=1))
    make_key(alice, name="Still good", expires_in=timedelta(days=1))
    assert record_expired_keys() == 0

    with clock.at(clock.now() + timedelta(minutes=2)):
        assert [record_expired_keys() for _ in range(3)] == [1, 0, 0]

    event = AuditEvent.objects.get(action="key.expired")
    assert (event.target_label, event.actor_kind, event.surface) == ("Old", "system", "worker")
    assert verify_chain(alice.account.pk).is_intact


def test_the_expiry_of_a_deleted_key_is_no_news(alice, make_key):
    make_key(alice, expires_in=timedelta(minutes=1))
    delete_key(alice.actor, key_id=ApiKey.objects.get().pk)

    with clock.at(clock.now() + timedelta(minutes=2)):
        assert record_expired_keys() == 0


def test_permissions_are_kept_once_each_in_catalogue_order(alice):
    made = create_key(
        alice.actor, name="Key", permissions=["rotateSecret", "getSites", "rotateSecret"], expires_at=None
    )

    assert made.key.permissions == ["getSites", "rotateSecret"]


@pytest.mark.parametrize(
    ("permissions", "error"), [([], Invalid), (["becomeRoot"], Invalid), (["getSites", "getAuditEvents"], Forbidden)]
)
def test_an_attempt_at_more_creates_nothing(bob, permissions, error):
    with pytest.raises(error):
        create_key(bob.actor, name="Key", permissions=permissions, expires_at=None)

    assert not ApiKey.objects.exists()


def test_creating_is_in_the_log_with_what_was_given_and_without_the_key(alice):
    made = create_key(alice.actor, name="Key", permissions=["getSites"], expires_at=None)

    event = AuditEvent.objects.get(action="key.created")
    assert event.changes == {
        "name": [None, "Key"],
        "permissions": [None, ["getSites"]],
        "sites": [None, "all sites"],
        "networks": [None, "everywhere"],
        "expires_at": [None, "never"],
        "key": [None, f"nct_…{made.token.last_four}"],
    }
