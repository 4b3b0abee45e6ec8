"""Several keys at once: chosen in the list, named on a page that asks, changed all or none."""

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from apps.api_keys.models import ApiKey
from apps.api_keys.operations import create_key
from apps.audit.models import AuditEvent
from tests.api_keys.conftest import LIST, WHOAMI
from tests.dashboard.reading import read
from tests.people import Api

DISABLE, DELETE = "/keys/disable", "/keys/delete"
both = pytest.mark.parametrize("path", [DISABLE, DELETE])


@pytest.fixture
def keys(alice, grace) -> list[Any]:
    """Three keys of two people."""
    made = [(alice, "One"), (alice, "Two"), (grace, "Three")]
    return [create_key(person.actor, name=name, permissions=["getSites"], expires_at=None) for person, name in made]


def ids(keys: list[Any]) -> dict[str, list[str]]:
    return {"keys": [str(made.key.pk) for made in keys]}


@both
def test_the_question_names_each_key_and_changes_nothing(alice, keys, path):
    answer = alice.browser.get(path, ids(keys[:2]))

    text = read(answer).text
    assert f"{'Disable' if path == DISABLE else 'Delete'} 2 keys?" in text
    assert "One" in text
    assert "Two" in text
    assert "Three" not in text
    assert keys[0].key.masked in text
    assert not ApiKey.objects.exclude(disabled_at=None, deleted_at=None).exists()


@both
def test_all_of_them_stop_and_the_others_go_on(alice, keys, path):
    answer = alice.browser.post(path, ids(keys[:2]), follow=True)

    assert "2 keys " in read(answer).text
    assert [Api(made.token.reveal()).get(WHOAMI).status_code for made in keys] == [401, 401, 200]
    action = "key.disabled" if path == DISABLE else "key.deleted"
    assert AuditEvent.objects.filter(action=action).count() == 2


@both
def test_one_unknown_key_among_them_leaves_all_as_they_are(alice, keys, path):
    answer = alice.browser.post(path, {"keys": [*ids(keys)["keys"], str(uuid4())]})

    assert answer.status_code == 404
    assert not ApiKey.objects.exclude(disabled_at=None, deleted_at=None).exists()


@both
def test_a_member_cannot_name_the_keys_of_others(bob, keys, path):
    assert bob.browser.get(path, ids(keys)).status_code == 302
    assert bob.browser.post(path, ids(keys)).status_code == 404
    assert not ApiKey.objects.exclude(disabled_at=None, deleted_at=None).exists()


@both
@pytest.mark.parametrize("chosen", [[], [str(uuid4())]])
def test_without_a_key_the_question_leads_back_to_the_list(alice, path, chosen):
    answer = alice.browser.get(path, {"keys": chosen}, follow=True)

    assert answer.redirect_chain == [(LIST, 302)]
    assert "Choose the keys first" in read(answer).text


@both
def test_what_is_no_id_is_no_key(alice, path):
    assert alice.browser.get(path, {"keys": "x"}).status_code == 404
    assert alice.browser.post(path, {"keys": "x"}).status_code == 404
    assert alice.browser.post(path).status_code == 404


@both
def test_more_than_500_at_once_are_refused_in_words(alice, path):
    answer = alice.browser.post(path, {"keys": [str(uuid4()) for _ in range(501)]}, follow=True)

    assert answer.status_code == 200
    assert "At most 500 keys" in read(answer).text


@both
def test_afterwards_the_list_is_as_it_was_filtered(alice, keys, path):
    listed = alice.browser.get(LIST, {"state": "never-used", "sort": "name"})
    sent = ids(keys[:1]) | {"list": "state=never-used&sort=name&next=https://evil.example"}

    assert read(listed).fields["list"] == ["state=never-used&sort=name"]
    assert alice.browser.post(path, sent)["Location"] == f"{LIST}?state=never-used&sort=name"


def test_disabling_again_changes_and_records_nothing(alice, keys):
    browser = alice.browser
    for said in ("3 keys disabled", "0 keys disabled"):
        assert said in read(browser.post(DISABLE, ids(keys), follow=True)).text
    assert AuditEvent.objects.filter(action="key.disabled").count() == 3


def test_without_scripts_a_link_chooses_the_whole_page(alice, keys):
    assert "keys" not in read(alice.browser.get(LIST)).checked
    assert len(read(alice.browser.get(LIST, {"select": "page"})).checked["keys"]) == 3


@pytest.mark.parametrize("name", ["disable_keys", "delete_keys"])
def test_the_list_offers_both_to_those_who_may(alice, keys, name):
    assert f'formaction="{reverse(name)}"' in alice.browser.get(LIST).content.decode()
