"""The forms about rules. What a rule may be is the operations' business; a form asks and shows the errors."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django import forms

from apps.audit import clock
from apps.permissions.actor import Actor
from apps.protection import rule_access
from apps.protection.conditions import LONGEST_VALUE
from apps.protection.countries import NAMES
from apps.protection.rule_drafts import Wanted
from apps.protection.rule_models import COLUMNS, LONGEST_DESCRIPTION, LONGEST_GROUP, WORK_TIMES, CaptchaType, Rule
from apps.sites import access
from apps.sites.access import Level
from apps.sites.difficulty import POW_DIFFICULTIES, least_level_for_pow
from apps.sites.models import Site

ENDS: Final = {
    "1h": ("1 hour", timedelta(hours=1)),
    "24h": ("24 hours", timedelta(hours=24)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
}
_TYPES: Final = (("block", "Block"), ("restrict", "Restrict"))
_HARSHNESS: Final = (
    ("", f"Restrict: {WORK_TIMES['']} times the work"),
    (CaptchaType.POW, f"Proof of work: {WORK_TIMES[CaptchaType.POW]} times the work"),
    (CaptchaType.PUZZLE, f"Puzzle: {WORK_TIMES[CaptchaType.PUZZLE]} times the work"),
    (CaptchaType.IMAGE, f"Image: {WORK_TIMES[CaptchaType.IMAGE]} times the work"),
)
_OF_CONTRACT: Final = {
    "type": "type",
    "conditions": "ip",
    "ruleGroupId": "group",
    "description": "description",
    "expiry": "expires_on",
    "deferToVerify": "defers_to_verify",
    "captchaType": "captcha_type",
    "powDifficulty": "pow_difficulty",
    "lines": "text",
    **{str(field): column for field, column in COLUMNS.items()},
}
"""The form's field for the name that an operation's error stands under."""


def _plain(label: str, *, help_text: str = "", placeholder: str = "", longest: int = LONGEST_VALUE) -> forms.CharField:
    attrs = {"autocomplete": "off", "spellcheck": "false", "placeholder": placeholder}
    widget = forms.TextInput(attrs=attrs)
    return forms.CharField(label=label, required=False, max_length=longest, help_text=help_text, widget=widget)


class EffectForm(forms.Form):
    """What a rule does, where, and until when: what single rules and imports have in common."""

    type = forms.ChoiceField(label="What it does", choices=_TYPES, initial="block", widget=forms.RadioSelect)
    defers_to_verify = forms.BooleanField(
        label="Wait for the verification",
        required=False,
        help_text="The visitor gets a challenge and works; the solution is refused. So they do not see at once that "
        "they are blocked.",
    )
    captcha_type = forms.ChoiceField(
        label="How harsh",
        required=False,
        choices=_HARSHNESS,
        help_text="Every challenge is proof of work. Of two rules that are equally specific, the harsher wins.",
    )
    pow_difficulty = forms.TypedChoiceField(
        label="Difficulty",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", "As harsh as above"),
            *((number, f"{number}: level {least_level_for_pow(number)}") for number in POW_DIFFICULTIES),
        ],
        help_text="A fixed difficulty instead, as Prosopo counts it: one more is 16 times the work. It only raises: a "
        "site that asks everybody for as much already keeps its own level, and the rule adds nothing there.",
    )
    site = forms.CharField(label="Where", required=False, max_length=64, widget=forms.Select)
    description = _plain("Description", placeholder="Why there is this rule", longest=LONGEST_DESCRIPTION)
    group = _plain("Group", help_text="Rules of one group can be deleted together.", longest=LONGEST_GROUP)
    expires = forms.ChoiceField(
        label="Until when",
        initial="24h",
        choices=[*((name, label) for name, (label, _) in ENDS.items()), ("custom", "Until…"), ("never", "Never ends")],
        widget=forms.RadioSelect,
    )
    expires_on = forms.DateTimeField(
        label="Date and time, UTC",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].widget.choices = places_for(actor)

    def clean(self) -> dict[str, Any]:
        """An end that is chosen has to be given."""
        cleaned = super().clean() or {}
        if cleaned.get("expires") == "custom" and not cleaned.get("expires_on") and "expires_on" not in self.errors:
            self.add_error("expires_on", "Say when the rule shall end, or choose another end.")
        return cleaned

    def wanted(self, conditions: list[tuple[str, str]]) -> Wanted:
        """The rule that is asked for. What belongs to the other type than the chosen one is left out."""
        cleaned, is_block = self.cleaned_data, self.cleaned_data["type"] == "block"
        return Wanted(
            type=cleaned["type"],
            conditions=conditions,
            description=cleaned["description"],
            group=cleaned["group"],
            expires_at=self._end(),
            captcha_type="" if is_block else cleaned["captcha_type"],
            pow_difficulty=None if is_block else cleaned["pow_difficulty"],
            defers_to_verify=is_block and cleaned["defers_to_verify"],
        )

    def show(self, errors: Mapping[str, str]) -> None:
        """Put an operation's errors to their fields."""
        for name, text in errors.items():
            field = _OF_CONTRACT.get(name, "")
            self.add_error(field if field in self.fields else None, text)

    def _end(self) -> datetime | None:
        chosen = self.cleaned_data["expires"]
        if chosen == "custom":
            moment: datetime = self.cleaned_data["expires_on"]
            return moment.astimezone(UTC)
        return clock.now() + ENDS[chosen][1] if chosen in ENDS else None


class RuleForm(EffectForm):
    """A rule: at least one condition, and what happens to those of whom all of them hold."""

    ip = _plain("Address", placeholder="203.0.113.7 or 2001:db8::7")
    ip_mask = _plain("Network", placeholder="203.0.113.0/24 or 2001:db8::/32")
    country_code = _plain("Country", placeholder="DE")
    asn = _plain("Autonomous system", placeholder="64496")
    user_agent = _plain("User agent", help_text="The whole text, exactly as the browser sends it.")
    user_id = _plain("User id", help_text="What your backend names at the verification; it is not known earlier.")
    ja4_hash = _plain("JA4 fingerprint", help_text="As a proxy in front passes it on.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country_code"].widget.attrs["list"] = "countries"
        self.fields["country_code"].help_text = "Two letters; ZZ for an address whose country is not known."

    @property
    def conditions(self) -> list[tuple[str, str]]:
        """The fields that were filled in."""
        given = {field: self.cleaned_data[column].strip() for field, column in COLUMNS.items()}
        return [(str(field), value) for field, value in given.items() if value]

    @property
    def countries(self) -> dict[str, str]:
        """Codes and names to choose from."""
        return NAMES


class CheckForm(forms.Form):
    """A request that might come."""

    site = forms.CharField(label="Site", max_length=64, widget=forms.Select)
    address = _plain("Address", placeholder="203.0.113.7")
    user_agent = _plain("User agent")
    country = _plain("Country", help_text="Left empty, it is looked up by the address.", longest=2)
    asn = _plain("Autonomous system", help_text="Left empty, it is looked up by the address.", longest=12)
    user_id = _plain("User id")
    ja4 = _plain("JA4 fingerprint")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sites = Site.objects.visible_to(actor).order_by("name", "pk")
        self.fields["site"].widget.choices = [(site.site_key, site.name) for site in sites]


def places_for(actor: Actor) -> list[tuple[str, str]]:
    """Where the actor may make rules: all sites, where they may, and each site that they may change."""
    sites = list(Site.objects.visible_to(actor).order_by("name", "pk"))
    levels = access.levels_of([(actor, site) for site in sites])
    places = [("", "All sites of the account")] if rule_access.writes_whole_account(actor) else []
    return places + [(site.site_key, site.name) for site in sites if levels[site.pk] >= Level.WRITE]


def initial_of(rule: Rule) -> dict[str, Any]:
    """What the form says of a rule that is there."""
    fields = ("type", "description", "group", "captcha_type", "pow_difficulty", "defers_to_verify")
    end = rule.expires_at
    return {
        **{name: getattr(rule, name) for name in fields},
        **{column: getattr(rule, column) for column in COLUMNS.values()},
        "site": rule.site.site_key if rule.site else "",
        "expires": "custom" if end else "never",
        "expires_on": end,
    }
