"""`manage.py scan_tokens PATH…`: find this product's API keys, site secrets and invitations in files, offline."""

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from apps.credentials.files import NotAFile, files_beneath, opened
from apps.credentials.format import TokenKind, masked
from apps.credentials.scanning import FoundToken, find_tokens_in_stream
from apps.dashboard.token_states import State, TokenState, states_of

STDIN: Final = "-"
BATCH: Final = 300  # tokens that are looked up together
FOUND, FAILED = 1, 2
WORDS: Final = {
    TokenKind.API_KEY: "API key",
    TokenKind.SITE_SECRET: "site secret",
    TokenKind.INVITATION: "invitation",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A token and the file it stands in."""

    path: str
    found: FoundToken

    @property
    def masked(self) -> str:
        """The token as it may be shown."""
        return masked(self.found.kind, self.found.token.last_four)


class Command(BaseCommand):
    """Prints a line a token, never the token itself; exits as scanners do."""

    help = (
        "Find API keys, site secrets and invitations of this product in files and directories. "
        "Exits with 0 when there is none, 1 when there is one, 2 when something could not be read."
    )
    requires_system_checks = ()  # it works offline, and asks the database only where --check says so

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH", help="A file, a directory, or - for standard input.")
        parser.add_argument("--check", action="store_true", help="Say whether each is live, from the database.")
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print a JSON object a line.")

    def handle(self, *args: Any, paths: list[str], check: bool, as_json: bool, **options: Any) -> None:
        self._unread = 0
        self._count = 0
        try:
            for finding, state in _checked(self._findings(paths)) if check else _unchecked(self._findings(paths)):
                self._count += 1
                self.stdout.write(_json(finding, state) if as_json else _line(finding, state))
        except DatabaseError as error:
            raise CommandError(f"The database cannot be asked: {error}", returncode=FAILED) from error
        if self._unread:
            self.stderr.write(f"{self._unread} could not be read, so nothing is known of what they hold.")
        if self._count or self._unread:
            sys.exit(FOUND if self._count else FAILED)

    def _findings(self, paths: list[str]) -> Iterator[Finding]:
        for path in paths:
            if path == STDIN:
                for found in find_tokens_in_stream(sys.stdin.buffer):
                    yield Finding("standard input", found)
                continue
            for file, is_named in files_beneath([path], self._cannot_read):
                yield from self._findings_in(file, is_named=is_named)

    def _findings_in(self, path: str, *, is_named: bool) -> Iterator[Finding]:
        try:
            with opened(path, is_named=is_named) as file:
                for found in find_tokens_in_stream(file):
                    yield Finding(path, found)
        except NotAFile as error:
            self.stderr.write(f"{_printable(path)}: skipped: {error.strerror}")
        except OSError as error:
            self._cannot_read(path, error.strerror or str(error))

    def _cannot_read(self, path: str, reason: str) -> None:
        self._unread += 1
        self.stderr.write(f"{_printable(path)}: cannot be read: {reason}")


def _unchecked(findings: Iterable[Finding]) -> Iterator[tuple[Finding, TokenState | None]]:
    return ((finding, None) for finding in findings)


def _checked(findings: Iterable[Finding]) -> Iterator[tuple[Finding, TokenState | None]]:
    """Each with what is known of it; as many are looked up together as are found meanwhile, up to a batch."""
    batch: list[Finding] = []
    for finding in findings:
        batch.append(finding)
        if len(batch) == BATCH:
            yield from _with_states(batch)
            batch = []
    yield from _with_states(batch)


def _with_states(batch: list[Finding]) -> Iterator[tuple[Finding, TokenState]]:
    states = states_of(finding.found for finding in batch) if batch else {}
    return ((finding, states[finding.found.token.reveal()]) for finding in batch)


def _line(finding: Finding, state: TokenState | None) -> str:
    text = f"{_printable(finding.path)}:{finding.found.line}: {WORDS[finding.found.kind]} {finding.masked}"
    if state is None:
        return text
    if state.state is State.UNKNOWN:
        return f"{text} {state.state}"
    of = f" of {state.account}" if state.account else ""
    return f"{text} {state.state}: {_printable(f'“{state.name}”{of} ({state.id})')}"


def _json(finding: Finding, state: TokenState | None) -> str:
    facts: dict[str, Any] = {
        "path": finding.path,
        "line": finding.found.line,
        "kind": finding.found.kind.name.lower(),
        "token": finding.masked,
    }
    if state is not None:
        facts |= {
            "state": state.state.name.lower(),
            "id": state.id or None,
            "name": state.name or None,
            "account": state.account or None,
        }
    return json.dumps(facts)


def _printable(text: str) -> str:
    """A name on one line, whatever it holds: a file's may hold line ends, and a terminal's orders."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape", "surrogatepass").decode() for one in text)
