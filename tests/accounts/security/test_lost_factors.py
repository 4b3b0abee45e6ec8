"""Somebody who has lost every factor is let back in by whoever runs the server."""

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEvent
from tests.accounts.security.conftest import give_password, is_signed_in


def test_removing_them_lets_the_password_sign_in_again(enrolled, capsys):
    call_command("remove_second_factors", "Alice@people.example")
    browser, _ = give_password(enrolled.person)

    assert is_signed_in(browser)
    assert "Removed 2 of alice@people.example" in capsys.readouterr().out


def test_it_is_in_the_log_as_the_work_of_the_server(enrolled):
    call_command("remove_second_factors", enrolled.person.user.email)

    event = AuditEvent.objects.get(action="factor.removed")
    assert (event.actor_kind, event.surface) == ("system", "command line")
    assert (event.target_label, event.changes) == ("alice@people.example", {"factor": ["authenticator app", None]})


def test_an_unknown_address_is_said_to_be_unknown(db):
    with pytest.raises(CommandError, match="Nobody here"):
        call_command("remove_second_factors", "nobody@people.example")
