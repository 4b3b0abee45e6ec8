"""`manage.py rotate_pepper`: add a pepper, see what hangs on the older ones, and retire them. See docs/operating.md."""

import contextlib
import os
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.seeds import reencrypt_seeds
from apps.credentials import peppers
from apps.dashboard.pepper_holders import FACTORS, Holders, described, holders_by_pepper
from apps.dashboard.pepper_retirement import end_holders
from config.environment import (
    numbered_secrets,
    rewrite_secret,
    secret_place,
    text,
    with_another_secret,
    without_secret,
)

RESTART: Final = "Restart every process now (web servers and workers)"
MOVES_BY_USE: Final = (
    "Keys and secrets move when they are used, invitations end by themselves. --force ends what is left."
)
TELL_WHERE: Final = (
    "{variable} is set by the environment, so nothing here can change it. Say where the new value may go: "
    "--output FILE writes it into a new file that only you can read, --print shows it on the terminal."
)


class Command(BaseCommand):
    """Shows a pepper to nobody who did not ask for it."""

    help = "Add a new pepper for the digests of tokens and the seeds of second factors, or retire an old one."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--report", action="store_true", help="Show what still hangs on each pepper.")
        what.add_argument("--reencrypt", action="store_true", help="Encrypt second factors under the newest pepper.")
        what.add_argument("--retire", type=int, metavar="N", help="Remove pepper N, when nothing hangs on it.")
        parser.add_argument("--force", action="store_true", help="With --retire: end the tokens that hang on it.")
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--output", metavar="FILE", help="A new file for the new value of PEPPERS.")
        where.add_argument("--print", action="store_true", dest="may_print", help="Print the new value of PEPPERS.")

    def handle(self, *args: Any, **options: Any) -> None:
        self._place = secret_place("PEPPERS", data_dir=settings.DATA_DIR)
        if options["force"] and options["retire"] is None:
            raise CommandError("--force goes with --retire N.")
        is_adding = options["retire"] is None and not (options["report"] or options["reencrypt"])
        if not is_adding and (options["output"] or options["may_print"]):
            raise CommandError("--output and --print go with adding a pepper.")
        try:
            if options["report"]:
                self._report()
            elif options["reencrypt"]:
                self._reencrypt()
            elif options["retire"] is not None:
                self._retire(options["retire"], is_forced=options["force"])
            else:
                self._add(options["output"], may_print=options["may_print"])
        except (ImproperlyConfigured, OSError) as error:
            raise CommandError(str(error)) from error

    def _add(self, output: str | None, *, may_print: bool) -> None:
        if self._place.is_ours and self._place.path:
            if output or may_print:
                raise CommandError(f"The peppers are in {self._place.path}, which this command changes by itself.")
            value = rewrite_secret(self._place.path, with_another_secret)
            self.stdout.write(f"Pepper {max(_numbers(value))} was added to {self._place.path}.")
            self.stdout.write(f"{RESTART}. Tokens move to it when they are used; --report shows how many have not.")
            return
        if not output and not may_print:
            raise CommandError(TELL_WHERE.format(variable=self._place.variable))
        value = with_another_secret(text("PEPPERS"))
        line = value if self._place.path else f"PEPPERS={value}"
        if output:
            _write_new_file(output, line)
        else:
            self.stdout.write(line)
        self.stderr.write(self._how_to_set(output or "this line", max(_numbers(value))))

    def _how_to_set(self, written: str, number: int) -> str:
        """What to do with the new value, without the value."""
        where = f"the content of {self._place.path}" if self._place.path else "the line PEPPERS=… of the environment"
        return (
            f"Put what is in {written} in the place of {where}, then restart every process. "
            f"With more than one machine, set PEPPER_FOR_NEW={peppers.newest()} as well until each of them knows "
            f"pepper {number}; then take it away and restart them again."
        )

    def _report(self) -> None:
        found = holders_by_pepper()
        for number in sorted({*settings.PEPPERS, *(number for number in found if number)}, reverse=True):
            self._report_one(number, found.get(number, []))
        for lost in found.get(None, []):
            self.stdout.write(f"No pepper that is there reads {described([lost])}:")
            self._name(lost)
            self.stdout.write("  These people sign in again after manage.py remove_second_factors EMAIL.")

    def _report_one(self, number: int, holders: list[Holders]) -> None:
        if number == peppers.newest():
            self.stdout.write(f"Pepper {number}, for all that is new: {described(holders) or 'nothing yet'}")
            return
        if number not in settings.PEPPERS:
            self.stdout.write(f"Pepper {number}, which PEPPERS no longer has. Refused until it is back:")
        elif holders:
            self.stdout.write(f"Pepper {number}, on which still hang:")
        else:
            self.stdout.write(f"Pepper {number}: nothing hangs on it. manage.py rotate_pepper --retire {number}")
        for one in holders:
            self.stdout.write(f"  {described([one])}")
            self._name(one)

    def _name(self, holders: Holders) -> None:
        for name in holders.names:
            self.stdout.write(f"    {name}")
        if holders.count > len(holders.names):
            self.stdout.write(f"    and {holders.count - len(holders.names)} more")

    def _reencrypt(self) -> None:
        moved, unreadable = reencrypt_seeds()
        self.stdout.write(f"{described([Holders(FACTORS, moved, [])])} moved to pepper {peppers.newest()}.")
        if unreadable:
            self.stdout.write(f"{unreadable} cannot be read: their pepper is gone. --report names them.")

    def _retire(self, number: int, *, is_forced: bool) -> None:
        if number not in settings.PEPPERS:
            raise CommandError(f"PEPPERS has no number {number}. There are {_listed(settings.PEPPERS)}.")
        if number == peppers.newest():
            raise CommandError(f"Pepper {number} is the one for all that is new. Add another first, and restart.")
        holders = holders_by_pepper().get(number, [])
        if any(one.kind == FACTORS for one in holders):
            self._refuse(number, holders, "Second factors move with --reencrypt. They are never ended by force.")
        if holders and not is_forced:
            self._refuse(
                number,
                holders,
                MOVES_BY_USE,
            )
        if holders:
            ended = end_holders(number)
            tokens = described([Holders("tokens", ended, [])])
            self.stdout.write(f"{tokens} ended. It is in the log of their accounts.")
        if self._place.is_ours and self._place.path:
            rewrite_secret(self._place.path, lambda value: without_secret(value, number))
            self.stdout.write(f"Pepper {number} was removed from {self._place.path}. {RESTART}.")
        else:
            self.stdout.write(f"Now remove the part that begins with {number}: from {self._place.variable}. {RESTART}.")

    def _refuse(self, number: int, holders: list[Holders], advice: str) -> None:
        self._report_one(number, holders)
        raise CommandError(f"Pepper {number} stays: {described(holders)} would stop working. {advice}")


def _write_new_file(path: str, line: str) -> None:
    """Write a file that was not there, readable for its owner alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(path)
        raise


def _numbers(value: str) -> set[int]:
    return set(numbered_secrets("PEPPERS", value))


def _listed(numbers: Any) -> str:
    return ", ".join(map(str, sorted(numbers)))
