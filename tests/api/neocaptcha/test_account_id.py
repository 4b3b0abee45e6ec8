"""`accountId`: malformed is 400, another's is 403, nobody's is 404."""

from uuid import uuid4

import pytest

from apps.audit.models import AuditEvent
from apps.sites.models import Site
from tests.api.conftest import SITES

MALFORMED = [
    "",
    "7",
    "abc",
    "your-account-uuid",
    "0" * 31,
    "0" * 33,
    "g" * 32,
    "../../etc",
    "é",
    " ",
    "null",
    "x" * 5000,
]


def listing(api, new_site, account_id):
    return api.get(SITES, accountId=account_id)


def creating(api, new_site, account_id):
    return api.post(SITES, new_site | {"accountId": account_id})


both = pytest.mark.parametrize("call", [listing, creating])


@both
@pytest.mark.parametrize("account_id", MALFORMED)
def test_a_malformed_one_is_a_400_that_names_the_field(api, new_site, call, account_id):
    answer = call(api, new_site, account_id)

    assert answer.status_code == 400
    assert answer.json() == {"error": "accountId: expected a UUID."}


def test_a_missing_one_is_a_400_that_names_the_field(api):
    answer = api.get(SITES)

    assert answer.status_code == 400
    assert answer.json() == {"error": "accountId is missing."}


def test_one_that_is_given_twice_is_a_400_even_when_both_agree(api, account_id):
    answer = api.client.get(f"{SITES}?accountId={account_id}&accountId={account_id}")

    assert answer.status_code == 400
    assert answer.json() == {"error": "The query parameter accountId is given 2 times."}


@both
def test_one_of_an_account_that_exists_and_is_not_the_keys_is_a_403(api, new_site, dave, call):
    answer = call(api, new_site, str(dave.account.pk))

    assert answer.status_code == 403
    assert answer.json() == {"error": "accountId names another account than this API key's."}
    assert not Site.objects.exists()


@both
def test_reaching_for_another_account_is_in_the_keys_own_log_and_not_in_the_others(api, new_site, alice, dave, call):
    before = AuditEvent.objects.of_account(dave.account.pk).count()

    answer = call(api, new_site, str(dave.account.pk))

    event = AuditEvent.objects.get(request_id=answer["X-Request-ID"])
    assert (event.account_id, event.outcome) == (alice.account.pk, "refused")
    assert AuditEvent.objects.of_account(dave.account.pk).count() == before


@both
def test_an_unknown_one_is_a_404(api, new_site, call):
    answer = call(api, new_site, str(uuid4()))

    assert answer.status_code == 404
    assert answer.json() == {"error": "There is no account with this accountId."}
    assert not Site.objects.exists()


@both
@pytest.mark.parametrize("spell", [str.upper, lambda text: text.replace("-", "")], ids=["capitals", "undashed"])
def test_every_usual_spelling_of_a_uuid_is_read(api, new_site, account_id, call, spell):
    assert call(api, new_site, spell(account_id)).status_code in {200, 201}
