"""Seeds outlive a change of pepper, and nothing else reads them."""

import pytest
from cryptography.fernet import InvalidToken

from apps.accounts.encryption import decrypt, encrypt

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
