"""Who may not do something hears it at once: nobody is asked for their password, only to be refused afterwards."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import override_settings
from django.urls import reverse

from apps.accounts.confirmation import READING
from apps.accounts.models import SentForm
from apps.permissions.operation import entry_of
from tests.architecture.test_urls_declare_access import PATTERNS
from tests.authorization.expectations import PAGES
from tests.authorization.rows import PRINCIPALS, Row, address_of
from tests.authorization.world import World, new_events, parameters, send, undone

pytestmark = pytest.mark.django_db

CONFIRMED = {  # of what everybody may do with their own sign-in, nobody is refused anything
    str(pattern.name): operation for pattern in PATTERNS if (operation := getattr(pattern.callback, "confirms", None))
}
ROWS = {key: row for key, row in PAGES.items() if address_of(key)[0] in CONFIRMED}


def tried(
    world: World, principal: str, key: str, row: Row, thing: str = "shared", *, is_late: bool = False
) -> tuple[int, tuple[Any, ...], bool]:
    """What a page says to somebody, what the log says of it, and whether they are asked who they are."""
    with undone(), override_settings(ACCOUNT_REAUTHENTICATION_TIMEOUT=0 if is_late else 3600):
        answer, events = new_events(partial(send, world, world.browser(principal), key, row, thing))
    asks = urlsplit(answer.get("Location", "")).path == reverse("account_reauthenticate")
    return answer.status_code, tuple((event.action, event.outcome, event.target_id) for event in events), asks


def test_the_pages_that_ask_are_all_of_those_that_change_what_matters() -> None:
    assert {"grant_credits", "rotate_secret", "new_key", "hand_over", "site_people", "api_settings"} <= set(CONFIRMED)
    assert {address_of(key)[0] for key in ROWS} == set(CONFIRMED)


@pytest.mark.parametrize("key", ROWS)
def test_an_old_session_is_refused_just_like_a_fresh_one(key: str, world: World) -> None:
    name, method = address_of(key)
    row, refused = ROWS[key], 0
    for principal in PRINCIPALS:
        fresh = tried(world, principal, key, row)
        late = tried(world, principal, key, row, is_late=True)
        if fresh[0] == 403 or (fresh[0] == 404 and "site_key" in parameters(name)):
            assert late == fresh, principal
            refused += 1
            expected = "reading.refused" if method in READING else entry_of(CONFIRMED[name]).actions[0].value
            assert [action for action, *_ in late[1]] == [expected] * (fresh[0] == 403)
        elif fresh[0] == 404:  # another thing than a site may be looked for after the question
            assert (late[0], late[1]) in {(404, ()), (302, ())}, principal
        elif method not in READING or late[2]:
            assert late == (302, (), True), principal
    assert refused
    assert not SentForm.objects.exists()


@pytest.mark.parametrize("key", [key for key in ROWS if parameters(address_of(key)[0])])
def test_what_is_not_there_and_what_is_not_ones_own_are_told_alike(key: str, world: World) -> None:
    for principal in ("owner", "viewer"):
        foreign, missing = (
            tried(world, principal, key, ROWS[key], thing, is_late=True) for thing in ("foreign", "missing")
        )
        assert (foreign[0], foreign[2]) == (missing[0], missing[2])
