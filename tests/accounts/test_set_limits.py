"""`manage.py set_limits`: what an account may have."""

import pytest
from django.core.management import CommandError, call_command

from apps.audit.models import AuditEvent


def limits(account):
    account.refresh_from_db()
    return account.most_organizations, account.most_sites


def test_limits_are_set_changed_and_taken_away_each_for_itself(account, capsys):
    call_command("set_limits", f"--account={account.pk}", "--organizations=3", "--sites=50")
    assert limits(account) == (3, 50)
    assert "at most 3 organizations and at most 50 sites" in capsys.readouterr().out
    call_command("set_limits", f"--account={account.pk}", "--sites=none")
    assert limits(account) == (3, None)
    assert "any number of sites" in capsys.readouterr().out
    call_command("set_limits", f"--account={account.pk}", "--organizations=0")
    assert limits(account) == (0, None)
    changes = [event.changes for event in AuditEvent.objects.filter(action="account.updated").order_by("pk")]
    assert changes == [
        {"most_organizations": [None, 3], "most_sites": [None, 50]},
        {"most_sites": [50, None]},
        {"most_organizations": [3, 0]},
    ]


def test_the_same_limits_record_nothing(account):
    for _ in range(2):
        call_command("set_limits", f"--account={account.pk}", "--sites=5")
    assert AuditEvent.objects.filter(action="account.updated").count() == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["--sites=1"],
        ["--account=nonsense", "--sites=1"],
        ["--account=00000000-0000-4000-8000-000000000001", "--sites=1"],
        ["--account={account}"],
        *[["--account={account}", f"--sites={number}"] for number in ("-1", "1.5", "", "many", "1000001", "１")],
    ],
)
def test_what_cannot_be_set_is_refused(account, arguments):
    with pytest.raises(CommandError):
        call_command("set_limits", *[argument.format(account=account.pk) for argument in arguments])
    assert limits(account) == (None, None)
