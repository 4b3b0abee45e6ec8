"""The page on which an owner switches the account's API and its parts."""

from collections import Counter
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.confirmation import confirmed
from apps.accounts.models import Account
from apps.accounts.operations import require_owner_to_switch, update_api_settings
from apps.accounts.page import PageRequest, page
from apps.api_keys.models import ApiKey, ApiKeyQuerySet, KeyState
from apps.api_keys.settings_forms import ApiSettingsForm
from apps.audit import clock
from apps.permissions.actor import Actor
from apps.permissions.catalogue import CATALOGUE, GROUPS, Group
from apps.permissions.refusals import Invalid
from apps.permissions.roles import Role


@dataclass(frozen=True, slots=True)
class GroupSwitch:
    """A permission group, whether the API answers it, and how many working keys have something of it."""

    group: Group
    is_on: bool
    key_count: int


def _may_switch(actor: Actor, *, permission: str, reads: bool) -> None:
    """An admin sees how the switches stand."""
    actor.require(permission)
    if not reads:
        require_owner_to_switch(actor)


@page
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed(update_api_settings, may=_may_switch)
def api_settings(request: PageRequest) -> HttpResponse:
    """Switch the API and its permission groups, and limit the life of new keys."""
    if request.membership is None:
        raise Http404
    account = request.membership.account
    form = ApiSettingsForm(request.POST if request.method == "POST" else None, initial=_initial(account))
    if request.method == "POST" and form.is_valid():
        try:
            update_api_settings(
                request.actor,
                api_is_on=form.cleaned_data["api_is_on"],
                groups_off=form.groups_off,
                keys_must_end=form.cleaned_data["keys_must_end"],
                longest_key_days=form.cleaned_data["longest_key_days"],
            )
        except Invalid as invalid:
            for field, message in invalid.errors.items():
                form.add_error(field if field in form.fields else None, message)
        else:
            messages.success(request, "API settings saved. They hold from the next request with any key on.")
            return redirect("api_settings")
    on = request.POST.getlist("groups_on") if request.method == "POST" else form.initial["groups_on"]
    context = {
        "form": form,
        "switches": _switches(account, on),
        "may_switch": request.actor.role is Role.OWNER,
        "key_count": _working(account).count(),
    }
    return render(request, "api_keys/settings.html", context, status=422 if form.errors else 200)


def _initial(account: Account) -> dict[str, object]:
    return {
        "api_is_on": account.api_is_on,
        "groups_on": [group.name for group in GROUPS if group.name not in account.groups_off],
        "keys_must_end": account.keys_must_end,
        "longest_key_days": account.longest_key_days,
    }


def _working(account: Account) -> ApiKeyQuerySet:
    return ApiKey.objects.living().in_state(KeyState.ACTIVE, clock.now()).filter(account=account)


def _switches(account: Account, on: list[str]) -> list[GroupSwitch]:
    counts: Counter[str] = Counter()
    for permissions in _working(account).values_list("permissions", flat=True):
        counts.update({CATALOGUE[name].group for name in permissions if name in CATALOGUE})
    return [GroupSwitch(group, group.name in on, counts[group.name]) for group in GROUPS]
