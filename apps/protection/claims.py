"""What a solution says of itself before anything of it was checked: enough to ask the right site, never to decide."""

import re
from typing import Final
from uuid import UUID

from apps.protection.solutions import LONGEST, is_signed_here, read_solution
from apps.sites import site_key

_ALPHABET: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")


def is_written_like_one(text: str) -> bool:
    """Whether a text could be a solution by its length and its characters, which are those of base 64."""
    return len(text) <= LONGEST and _ALPHABET.fullmatch(text) is not None


def claimed_site(solution: str) -> UUID | None:
    """The site that a solution says it is for; `None` where it says none. Anybody can write anything here."""
    read = read_solution(solution)
    return site_key.read(read.facts.s) if read else None


def was_given_here(solution: str) -> bool:
    """Whether the challenge in a solution was signed here and is unchanged, whatever was done with it."""
    read = read_solution(solution)
    return read is not None and is_signed_here(read)
