"""The form on a site's settings page: every setting, with its unit and what follows from it."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from django import forms

from apps.permissions.refusals import Invalid
from apps.sites.difficulty import (
    BAND,
    DIGIT,
    LEVELS,
    LEVELS_PER_DOUBLING,
    USUAL_LEVEL,
    difficulty_of,
    pow_difficulty_of,
    work_in_words,
)
from apps.sites.forms import SiteForm
from apps.sites.models import INITIAL_DELAYS, PARALLEL_CHALLENGES, REPLAY_COUNTS, VALIDITIES, Growth, Site
from apps.sites.origins import is_local, parse_allowed, parse_origin
from apps.sites.settings import STORED, Settings, clean_site_name

SPANS: Final = dict(
    zip(
        VALIDITIES,
        ("5 minutes", "10 minutes", "30 minutes", "1 hour", "6 hours", "12 hours", "1 day", "2 days", "7 days"),
        strict=True,
    )
)
GROWTHS: Final = {
    Growth.CONSTANT: "Constant: the level stays as it is, whatever happens",
    Growth.SLOW: "Slow: it rises late, so a busy day stays easy for visitors",
    Growth.MEDIUM: "Medium: the usual one",
    Growth.FAST: "Fast: it rises early. Hard on attackers, and on visitors who share an address with one",
}


def _number(allowed: range, label: str, help_text: str) -> forms.IntegerField:
    wrong = f"Enter a whole number from {allowed[0]:,} to {allowed[-1]:,}."
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=allowed[0],
        max_value=allowed[-1],
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), wrong),
    )


class SettingsForm(SiteForm):
    """What a site is called, where it works, how hard it is, and how long a solution lives."""

    allow_subdomains = forms.BooleanField(
        label="Also on every subdomain of these hosts",
        required=False,
        help_text="What works on shop.example then works on www.shop.example too, at any depth. "
        "Leave it off where other people can publish on a subdomain of yours.",
    )
    allow_localhost = forms.BooleanField(
        label="Also on a developer’s own machine",
        required=False,
        help_text="On localhost and 127.0.0.1, at any port. Adding a local origin above, such as "
        "http://localhost:3000, switches this on; removing it, off. Best left off for a site that is live.",
    )
    protection_enabled = forms.BooleanField(
        label="Visitors have to solve a challenge",
        required=False,
        help_text="Off, everybody passes unchecked and your backend is told so. For emergencies and load tests.",
    )
    level = _number(
        LEVELS,
        "Level",
        "How much a visitor’s device has to work, from 1 to 255. Every 8 levels double it. Higher costs attackers "
        "more, and makes visitors with slow phones wait longer.",
    )
    growth = forms.ChoiceField(
        label="Growth",
        choices=list(GROWTHS.items()),
        widget=forms.RadioSelect,
        help_text="How the level rises while the site, or one address, asks for many challenges.",
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one of these."},
    )
    initial_delay = _number(
        INITIAL_DELAYS,
        "Earliest answer, in seconds",
        "3 to 30. A solution that comes sooner after the challenge is not accepted. Longer holds up scripts; "
        "a visitor who is done sooner has to wait.",
    )
    max_parallel = _number(
        PARALLEL_CHALLENGES,
        "Open challenges of one address",
        "1 to 10 at a time. Fewer slows bots down. An office or a mobile network is often one address for many people.",
    )
    validity_seconds = forms.TypedChoiceField(
        label="A solution is good for",
        choices=list(SPANS.items()),
        coerce=int,
        help_text="Counted from its challenge. Longer is kind to people who fill in long forms; shorter leaves less "
        "time to hand a solution on.",
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one of these."},
    )
    max_replay_count = _number(
        REPLAY_COUNTS,
        "Uses of one solution",
        "1 to 1,000,000. How often your backend can verify the same solution. With 1, a solution that was used is "
        "worth nothing to anybody else; more is for forms that are checked more than once.",
    )
    fail_open = forms.BooleanField(
        label="Let visitors pass when the secret is wrong",
        required=False,
        help_text="For EU Captcha’s contract alone, whose own service does so. Off, a wrong secret in your backend "
        "stops every form until it is corrected; on, everybody passes unchecked meanwhile, and the answer says so.",
    )

    current_origins: Sequence[str] = ()

    @classmethod
    def of(cls, site: Site, sent: Any = None) -> "SettingsForm":
        """The form about a site, as it is or as it was sent."""
        current = {field: getattr(site, field) for field in STORED}
        form = cls(sent, initial=current | {"allowed_origins": "\n".join(site.allowed_origins)})
        form.current_origins = site.allowed_origins
        return form

    @property
    def settings(self) -> Settings:
        """The settings that were sent.

        Whether the developer's machine is allowed is left to the origins, unless the box itself was changed.
        """
        sent = {field: value for field, value in self.cleaned_data.items() if field in Settings.__annotations__}
        if "allow_localhost" not in self.changed_data:
            del sent["allow_localhost"]
        return cast(Settings, sent)

    def clean(self) -> dict[str, Any]:
        """Check also what the operation does, so that one answer says all that is wrong."""
        cleaned = self.cleaned_data
        errors: dict[str, str] = {}
        if "name" in cleaned and "name" in self.changed_data:
            errors |= _wrong(clean_site_name, cleaned["name"])
        if "allowed_origins" in cleaned:
            errors |= _wrong(parse_allowed, self.typed_origins, current=self.current_origins)
            local = next(filter(_is_local, self.typed_origins), "")
            if local and self.initial["allow_localhost"] and not cleaned["allow_localhost"]:
                errors["allow_localhost"] = f"{local} is among the allowed origins. Remove it, or leave this on."
        self.show(errors)
        return cleaned


def _wrong(check: Callable[..., object], *given: object, **more: object) -> dict[str, str]:
    try:
        check(*given, **more)
    except Invalid as invalid:
        return invalid.errors
    return {}


def level_in_words(level: int) -> dict[str, object]:
    """What a level is in other contracts and in work, and the numbers that a script needs to say it of another."""
    return {
        "level": level,
        "difficulty": difficulty_of(level),
        "pow_difficulty": pow_difficulty_of(level),
        "work": work_in_words(level),
        "usual": USUAL_LEVEL,
        "doubling": LEVELS_PER_DOUBLING,
        "band": BAND,
        "digit": DIGIT,
    }


def _is_local(typed: str) -> bool:
    with contextlib.suppress(Invalid):
        return is_local(parse_origin(typed))
    return False
