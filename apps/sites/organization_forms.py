"""Forms of organizations, and the choice of one for a site. What may be chosen is the operations' business."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpRequest

from apps.accounts.models import Organization
from apps.permissions.actor import Actor
from apps.sites.access import Level
from apps.sites.models import Site

NONE: Final = "none"
"""Stands for no organization, where one is chosen."""


class OrganizationForm(forms.Form):
    """An organization's name."""

    name = forms.CharField(
        label="Name",
        max_length=1000,
        help_text="Letters, digits, spaces and ' - _ & . : ( ) [ ].",
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "Web shops"}),
    )

    def show(self, errors: dict[str, str]) -> None:
        """Put an operation's errors to their fields."""
        for field, message in errors.items():
            self.add_error(field, message)


class DeleteOrganizationForm(forms.Form):
    """The organization's name, typed by somebody who means it."""

    typed_name = forms.CharField(
        label="Type the name of the organization",
        max_length=1000,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = organization.name
        self.fields["typed_name"].help_text = f"Type {organization.name} to confirm."

    def clean_typed_name(self) -> str:
        """It is that of the organization."""
        typed: str = self.cleaned_data["typed_name"]
        if typed != self._name:
            raise forms.ValidationError(f"This is not its name. Type {self._name} as it is written here.")
        return typed


@dataclass(frozen=True, slots=True)
class OrganizationChoice:
    """The organizations to choose from, by name.

    Attributes:
        organizations: all that the reader may know of.
        chosen: the number of the chosen one; `None` for none.
        may_choose: whether the reader may choose another.
    """

    organizations: list[Organization]
    chosen: int | None
    may_choose: bool = True

    @property
    def chosen_organization(self) -> Organization | None:
        """The chosen one, where the reader may know of it."""
        return next((found for found in self.organizations if found.pk == self.chosen), None)


def organizations_of(actor: Actor) -> list[Organization]:
    """The organizations that the reader may know of, by name."""
    return list(Organization.objects.visible_to(actor).order_by("name")) if actor.may("getOrganizations") else []


def choice_for_a_site(actor: Actor, site: Site, level: Level) -> OrganizationChoice | None:
    """The organization that a site is in, and the others; `None` for those who may not know of any."""
    organizations = organizations_of(actor)
    may_choose = actor.may("updateSite") and level is Level.OWN
    return OrganizationChoice(organizations, site.organization_id, may_choose) if organizations else None


def choice_for_a_new_site(request: Any) -> OrganizationChoice | None:
    """What can be chosen for a new site, as the address or the form asks."""
    organizations = organizations_of(request.actor)
    return OrganizationChoice(organizations, chosen_organization(request)) if organizations else None


def chosen_organization(request: HttpRequest) -> int | None:
    """The number of the organization that a form, or an address, names; `None` for none."""
    text = (request.POST if request.method == "POST" else request.GET).get("organization", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
