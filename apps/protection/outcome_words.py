"""Outcomes in words: what happened, what it means, and what to do next."""

from dataclasses import dataclass
from typing import Final

from apps.protection.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class Words:
    """An outcome for a reader.

    Attributes:
        label: a few words for a list.
        meaning: a sentence.
        next_step: what the reader can do about it; empty where nothing is to be done.
    """

    label: str
    meaning: str
    next_step: str = ""


WORDS: Final = {
    Outcome.ACCEPTED: Words("Accepted", "The solution was good, and the visitor was let through."),
    Outcome.UNCHECKED: Words(
        "Not checked",
        "The site's protection is switched off, so the visitor was let through unchecked.",
        "Switch the protection on in the site's settings once you are done with testing.",
    ),
    Outcome.TEST_PASSED: Words("Test", "A test key that always passes was used."),
    Outcome.TEST_FAILED: Words("Test", "A test key that always fails was used."),
    Outcome.NOT_A_SOLUTION: Words(
        "No solution",
        "What was handed in is no solution at all: the form was sent before the widget had finished, or by a script.",
        "If this happens to people, see that the form's button waits for the widget.",
    ),
    Outcome.INVALID: Words(
        "Not genuine",
        "The solution was not made for a challenge of this server, was changed on its way, or the work was not done.",
        "If this happens to people, see that the backend hands on the field exactly as the widget filled it.",
    ),
    Outcome.WRONG_SITE: Words(
        "Other site",
        "The challenge was issued for another site than the one whose secret asked.",
        "Compare the site key in the page with the secret in the backend: they belong to different sites.",
    ),
    Outcome.WRONG_ORIGIN: Words(
        "Other origin",
        "The challenge was solved on a page that the site, or its backend, does not expect.",
        "If the page is yours, add its origin in the site's settings.",
    ),
    Outcome.EXPIRED: Words(
        "Expired",
        "The solution came after its life was over.",
        "If visitors take that long, raise how long a solution is valid in the site's settings.",
    ),
    Outcome.TOO_EARLY: Words(
        "Too early",
        "The solution came sooner than the site's initial delay lets anybody send it, as scripts do.",
        "If this happens to people, lower the initial delay in the site's settings.",
    ),
    Outcome.ALREADY_USED: Words(
        "Used before",
        "The same solution had been verified before, as often as the site allows.",
        "If your backend verifies twice on purpose, raise how often a solution may be verified.",
    ),
    Outcome.BLOCKED: Words(
        "Blocked",
        "The visitor was turned away.",
        "If that was wrong, change the access rule that acted, or the limit of open challenges.",
    ),
}


def words_for(outcome: str) -> Words:
    """The words for what a record says."""
    return WORDS[Outcome(outcome)] if outcome in list(Outcome) else Words(outcome.capitalize(), "")
