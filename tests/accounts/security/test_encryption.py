"""Seeds outlive a change of pepper, and nothing else reads them."""

import pytest
from cryptography.fernet import InvalidToken
from django.urls import reverse

from apps.accounts.encryption import decrypt, encrypt, pepper_of

OLD, NEW = b"o" * 50, b"n" * 50


def test_what_was_encrypted_is_read_again_and_not_to_be_seen(settings):
    settings.PEPPERS = {1: OLD}

    assert decrypt(encrypt("JBSWY3DPEHPK3PXP")) == "JBSWY3DPEHPK3PXP"
    assert "JBSWY3DPEHPK3PXP" not in encrypt("JBSWY3DPEHPK3PXP")
    assert encrypt("same") != encrypt("same")


def test_an_older_pepper_still_reads(settings):
    settings.PEPPERS = {1: OLD}
    stored = encrypt("seed")
    settings.PEPPERS = {1: OLD, 2: NEW}

    assert decrypt(stored) == "seed"


def test_new_texts_use_the_newest_pepper(settings):
    settings.PEPPERS = {1: OLD, 2: NEW}
    stored = encrypt("seed")
    settings.PEPPERS = {2: NEW}

    assert decrypt(stored) == "seed"


def test_without_its_pepper_a_text_stays_shut(settings):
    settings.PEPPERS = {1: OLD}
    stored = encrypt("seed")
    settings.PEPPERS = {2: NEW}

    with pytest.raises(InvalidToken):
        decrypt(stored)


def test_a_changed_text_is_refused(settings):
    stored = encrypt("seed")

    with pytest.raises(InvalidToken):
        decrypt(stored[:-4] + ("AAAA" if stored[-4:] != "AAAA" else "BBBB"))


def test_the_pepper_of_a_text_is_known_by_trying(settings):
    settings.PEPPERS = {1: OLD}
    stored = encrypt("seed")
    settings.PEPPERS = {1: OLD, 2: NEW}

    assert pepper_of(stored) == 1
    assert pepper_of(encrypt("seed")) == 2
    settings.PEPPERS = {2: NEW}
    assert pepper_of(stored) is None


def test_a_pepper_that_the_environment_chose_is_used_for_new_texts(settings):
    settings.PEPPERS = {1: OLD, 2: NEW}
    settings.PEPPER_FOR_NEW = 1

    assert pepper_of(encrypt("seed")) == 1


def test_a_seed_in_a_session_whose_pepper_is_gone_makes_room_for_a_new_one(settings, alice):
    settings.PEPPERS = {1: OLD}
    browser = alice.browser
    before = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    settings.PEPPERS = {2: NEW}

    answer = browser.post(reverse("mfa_activate_totp"), {"code": "123456"})

    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert answer.context["form"].secret != before
