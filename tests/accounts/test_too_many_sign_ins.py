"""Guessing is slow, and a crowd at the door does not starve the house."""

import threading
import time

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.test import Client

from apps.accounts import hashing
from apps.audit.models import AuditEvent
from tests.accounts.conftest import LOGIN, is_signed_in, sign_in
from tests.dashboard.reading import read
from tests.people import PASSWORD


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(alice, browser):
    for _ in range(5):
        sign_in(browser, "alice@people.example", "wrong")

    answer = sign_in(browser, "alice@people.example")

    assert not is_signed_in(browser)
    assert "Too many failed" in read(answer).text


def test_others_may_sign_in_meanwhile(alice, grace, browser):
    for _ in range(6):
        sign_in(browser, "alice@people.example", "wrong")

    sign_in(browser, "grace@people.example")

    assert is_signed_in(browser)


def test_the_log_is_not_filled_by_guessing(alice, browser):
    for _ in range(20):
        sign_in(browser, "alice@people.example", "wrong")

    assert AuditEvent.objects.filter(action="sign_in.refused").count() <= 10


def test_too_many_sign_ins_from_one_address_are_a_429_that_is_a_page(alice):
    answers = [sign_in(Client(), f"nobody{number}@people.example") for number in range(40)]

    last = answers[-1]
    assert last.status_code == 429 or "Too many" in read(last).text
    assert last["Content-Type"].startswith("text/html")
    assert last["Cache-Control"]
    assert len(read(last).text) > 50


@pytest.mark.usefixtures("real_hasher")
def test_passwords_are_kept_as_argon2id_of_the_recommended_size():
    assert make_password(PASSWORD).startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.usefixtures("real_hasher")
def test_hashes_take_turns(monkeypatch):
    running, most = [0], [0]
    slow = Argon2PasswordHasher.encode

    def watched(self, password, salt):
        running[0] += 1
        most[0] = max(most[0], running[0])
        time.sleep(0.01)
        try:
            return slow(self, password, salt)
        finally:
            running[0] -= 1

    monkeypatch.setattr(Argon2PasswordHasher, "encode", watched)
    threads = [threading.Thread(target=make_password, args=(PASSWORD,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [hashing.HASHES_AT_ONCE]


@pytest.fixture
def nobodys_turn(monkeypatch):
    """Somebody else hashes for longer than anybody waits."""
    monkeypatch.setattr(hashing, "LONGEST_WAIT", 0.05)
    with hashing._turn():
        yield


@pytest.mark.usefixtures("real_hasher", "nobodys_turn")
def test_whoever_would_wait_too_long_is_told_so():
    with pytest.raises(hashing.TooManySignIns):
        make_password(PASSWORD)


@pytest.mark.usefixtures("real_hasher")
def test_a_turn_is_given_back_whatever_happens():
    for _ in range(3):
        assert not check_password("wrong", make_password(PASSWORD))
    assert hashing._turns.acquire(timeout=0)
    hashing._turns.release()


@pytest.mark.usefixtures("real_hasher")
def test_a_sign_in_that_finds_no_turn_is_a_503_that_says_when_to_come_back(alice, monkeypatch):
    alice.user.password = "argon2$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo"
    alice.user.save()
    client = Client(raise_request_exception=False)
    monkeypatch.setattr(hashing, "LONGEST_WAIT", 0.05)

    with hashing._turn():
        answer = client.post(LOGIN, {"login": "alice@people.example", "password": PASSWORD})

    assert answer.status_code == 503
    assert answer["Retry-After"] == "2"
    assert "Back in a moment" in read(answer).text
    assert PASSWORD not in answer.content.decode()
