"""From an old pepper to a new one: what is used moves, the report falls to nothing, and what was not used is named."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts import encryption
from apps.accounts.invitations import invite_first_owner
from apps.accounts.models import Invitation
from apps.accounts.team import invite_member
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.credentials import peppers
from apps.permissions.roles import Role
from apps.sites.models import SiteSecret
from apps.sites.operations import create_site, delete_site
from apps.sites.secrets import SiteWithSecret, add_secret, rotate_secret
from tests.people import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(server, alice) -> SiteWithSecret:
    return create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])


@pytest.fixture
def rotated(server, made):
    """The server after a rotation, with one site secret from before."""
    server.rotate()
    server.restart()
    return server


def verify(made: SiteWithSecret) -> int:
    proof = {"siteKey": made.site.site_key, "secret": made.secret.reveal(), "solution": "x"}
    return int(Api().post("/api/v1/verify", proof).status_code)


def test_a_used_secret_moves_and_goes_on_working_after_the_old_pepper_is_gone(rotated, made):
    assert verify(made) == 200

    stored = SiteSecret.objects.get()
    assert (stored.pepper, bytes(stored.digest)) == (2, peppers.digest(made.secret.reveal()).value)
    rotated.rotate("--retire", "1")
    rotated.restart()
    assert rotated.stored.keys() == {2}
    assert verify(made) == 200


def test_a_secret_moves_at_once_also_within_a_minute_of_its_last_use(server, made):
    assert verify(made) == 200
    server.rotate()
    server.restart()

    assert verify(made) == 200

    assert SiteSecret.objects.get().pepper == 2


def test_use_and_move_are_one_write_and_further_use_is_none(rotated, made):
    with CaptureQueriesContext(
        connection,
    ) as first:
        verify(made)
    with CaptureQueriesContext(connection) as second:
        verify(made)

    def writes(queries: CaptureQueriesContext) -> list[str]:
        return [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]

    [write] = writes(first)
    assert all(f'"{field}"' in write for field in ("digest", "pepper", "last_used_at"))
    assert writes(second) == []


def test_a_wrong_site_key_moves_nothing(rotated, made, alice):
    other = create_site(alice.actor, name="Other", allowed_origins=["https://other.example"])
    proof = {"siteKey": other.site.site_key, "secret": made.secret.reveal(), "solution": "x"}

    assert Api().post("/api/v1/verify", proof).status_code == 401

    assert made.site.secrets.get().pepper == 1


def test_while_the_environment_still_chooses_the_old_pepper_nothing_moves_and_nothing_moves_back(
    rotated, made, settings
):
    settings.PEPPER_FOR_NEW = 1
    assert verify(made) == 200
    assert made.site.secrets.get().pepper == 1

    settings.PEPPER_FOR_NEW = 0
    assert verify(made) == 200
    settings.PEPPER_FOR_NEW = 1
    assert verify(made) == 200
    assert made.site.secrets.get().pepper == 2


def test_the_report_names_who_still_hangs_on_the_old_pepper(rotated, made, alice):
    said = rotated.rotate("--report")

    assert "Pepper 2, for all that is new: nothing yet" in said
    assert "Pepper 1, on which still hang:\n  1 site secret\n" in said
    assert f"    {made.stored.masked} of “Shop”, Alice & Co, never used" in said
    assert made.secret.reveal() not in said


def test_the_report_falls_to_nothing_when_all_is_used(rotated, made):
    verify(made)

    said = rotated.rotate("--report")

    assert "Pepper 2, for all that is new: 1 site secret" in said
    assert "Pepper 1: nothing hangs on it. manage.py rotate_pepper --retire 1" in said


def test_what_is_over_hangs_on_nothing(server, made, alice):
    moment = clock.now()
    invite_member(alice.actor, email="late@x.example", role=Role.MEMBER)
    rotate_secret(alice.actor, site_key=made.site.site_key, overlap=timedelta(hours=1))
    server.rotate()
    server.restart()
    assert "2 site secrets" in server.rotate("--report")
    delete_site(alice.actor, site_key=made.site.site_key)
    assert "2 site secrets" in server.rotate("--report"), "The site can be restored, with its secrets."

    with clock.at(moment + timedelta(days=31)):
        assert "Pepper 1: nothing hangs on it" in server.rotate("--report")


def test_a_pepper_that_somebody_removed_too_early_is_still_reported(rotated, made):
    rotated._settings.PEPPERS = {2: rotated.stored[2]}

    assert "Pepper 1, which PEPPERS no longer has. Refused until it is back:\n  1 site secret" in rotated.rotate(
        "--report"
    )


def test_of_many_twenty_are_named(server, alice):
    for number in range(3):
        made = create_site(alice.actor, name=f"Site {number}", allowed_origins=["https://shop.example"])
        for _ in range(7):
            add_secret(alice.actor, site_key=made.site.site_key)
    server.rotate()
    server.restart()

    with CaptureQueriesContext(connection) as queries:
        said = server.rotate("--report")

    assert "  24 site secrets\n" in said
    assert said.count("ss_live_…") == 20
    assert "    and 4 more\n" in said
    assert len(queries) < 12


def test_a_pepper_on_which_something_hangs_is_not_retired(rotated, made):
    with pytest.raises(CommandError, match=re.escape("Pepper 1 stays: 1 site secret would stop working.")):
        rotated.rotate("--retire", "1")

    assert rotated.stored.keys() == {1, 2}
    assert verify(made) == 200


def test_by_force_what_was_not_used_ends_and_its_log_says_why(rotated, made, alice):
    invite_first_owner()
    Invitation.objects.update(pepper=1)

    said = rotated.rotate("--retire", "1", "--force")
    rotated.restart()

    assert "2 tokens ended" in said
    assert rotated.stored.keys() == {2}
    assert verify(made) == 401
    assert not SiteSecret.objects.exists()
    assert not Invitation.objects.exists()
    event = AuditEvent.objects.of_account(alice.account.pk).latest("sequence")
    assert (event.action, event.actor_kind, event.surface) == ("secret.deleted", "system", "command line")
    assert event.changes == {"secret": [made.stored.masked, None], "pepper": [1, "retired"]}


def test_an_invitation_that_is_ended_by_force_is_in_the_log_too(server, alice):
    invite_member(alice.actor, email="new@x.example", role=Role.MEMBER)
    server.rotate()
    server.restart()
    with pytest.raises(CommandError, match="1 open invitation would stop"):
        server.rotate("--retire", "1")

    server.rotate("--retire", "1", "--force")

    assert not Invitation.objects.exists()
    assert AuditEvent.objects.latest("at").action == "invitation.withdrawn"


class TestSecondFactors:
    """Their seeds are encrypted under a pepper, and are re-encrypted, never dropped."""

    @pytest.fixture
    def factor(self, server, alice) -> Authenticator:
        stored = {"secret": encryption.encrypt("JBSWY3DPEHPK3PXP")}
        factor = Authenticator.objects.create(user=alice.user, type=Authenticator.Type.TOTP, data=stored)
        server.rotate()
        server.restart()
        return factor

    def test_they_are_reported_by_their_persons_address(self, server, factor):
        assert "Pepper 1, on which still hang:\n  1 second factor\n    alice@people.example" in server.rotate(
            "--report"
        )

    def test_their_pepper_is_not_retired_by_force_either(self, server, factor):
        with pytest.raises(CommandError, match="Second factors move with --reencrypt"):
            server.rotate("--retire", "1", "--force")

        assert server.stored.keys() == {1, 2}

    def test_encrypted_again_they_are_read_without_the_old_pepper(self, server, factor):
        assert server.rotate("--reencrypt") == "1 second factor moved to pepper 2.\n"
        server.rotate("--retire", "1")
        server.restart()

        factor.refresh_from_db()
        assert encryption.decrypt(factor.data["secret"]) == "JBSWY3DPEHPK3PXP"
        assert server.rotate("--reencrypt") == "0 second factors moved to pepper 2.\n"

    def test_recovery_codes_move_too_and_used_ones_stay_used(self, server, factor, alice, bob):
        server._settings.PEPPER_FOR_NEW = 1
        kind = Authenticator.Type.RECOVERY_CODES
        seed = {"seed": encryption.encrypt("seed"), "used_mask": 5}
        codes = {"migrated_codes": [encryption.encrypt("one"), encryption.encrypt("two")]}
        with_seed = Authenticator.objects.create(user=alice.user, type=kind, data=seed)
        with_codes = Authenticator.objects.create(user=bob.user, type=kind, data=codes)
        server._settings.PEPPER_FOR_NEW = 0

        assert server.rotate("--reencrypt") == "3 second factors moved to pepper 2.\n"

        with_seed.refresh_from_db()
        with_codes.refresh_from_db()
        assert encryption.pepper_of(with_seed.data["seed"]) == 2
        assert encryption.decrypt(with_seed.data["seed"]) == "seed"
        assert with_seed.data["used_mask"] == 5
        assert [encryption.pepper_of(text) for text in with_codes.data["migrated_codes"]] == [2, 2]
        assert [encryption.decrypt(text) for text in with_codes.data["migrated_codes"]] == ["one", "two"]

    def test_a_passkey_has_no_seed(self, server, alice):
        Authenticator.objects.create(user=alice.user, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})

        assert "second factor" not in server.rotate("--report")

    def test_those_whose_pepper_is_gone_are_named_and_left_alone(self, server, factor):
        server._settings.PEPPERS = {2: server.stored[2]}

        assert "No pepper that is there reads 1 second factor:\n    alice@people.example" in server.rotate("--report")
        assert "1 cannot be read: their pepper is gone" in server.rotate("--reencrypt")
        assert Authenticator.objects.get().data == factor.data
