"""The pages about single rules and their groups: new, change, delete, bring back."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.page import PageRequest, page
from apps.permissions.refusals import Conflict, Invalid
from apps.protection import geography, idle_rules, rule_access, rules
from apps.protection.conditions import Field
from apps.protection.rule_forms import RuleForm, initial_of
from apps.protection.rule_models import COLUMNS, KEPT_FOR
from apps.sites import site_key as spelling

_AS_ASKED: Final = (
    Field.IP,
    Field.IP_MASK,
    Field.COUNTRY,
    Field.ASN,
    Field.USER_AGENT,
    Field.USER_ID,
    Field.JA4,
)
"""The conditions in the order in which people think of them."""


@page
@require_safe
def rule(request: PageRequest, handle: str) -> HttpResponse:
    """One rule: whom it acts on, what it does, and until when."""
    found = rules.get_rule(request.actor, handle=handle)
    may_write = rule_access.may_write(request.actor, found)
    context = {
        "rule": found,
        "may_change": may_write and request.actor.may("createRule"),
        "may_delete": may_write and request.actor.may("deleteRule"),
        "may_see_records": request.actor.may("searchCaptchaRecords"),
        "adds_nothing": idle_rules.said_of(request.actor, found),
    }
    return render(request, "rules/rule.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new_rule(request: PageRequest) -> HttpResponse:
    """Make a rule. An address may fill the form in advance."""
    posted = request.POST if request.method == "POST" else None
    form = RuleForm(posted, actor=request.actor, initial=_prefilled(request))
    if posted is not None and form.is_valid():
        try:
            wanted, site_key = form.wanted(form.conditions), form.cleaned_data["site"]
            made = rules.create_rule(request.actor, wanted=wanted, site_key=site_key)
        except Invalid as invalid:
            form.show(invalid.errors)
        except Conflict as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _made(made))
            return redirect("rule", handle=made.rule.handle)
    request.actor.require("createRule")
    context = _editor(form) | {"title": "New rule", "cancel_url": reverse("rules")}
    return render(request, "rules/edit.html", context, status=422 if form.errors else 200)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def edit_rule(request: PageRequest, handle: str) -> HttpResponse:
    """Put another rule in the place of this one."""
    posted = request.POST if request.method == "POST" else None
    form = RuleForm(posted, actor=request.actor)
    if posted is not None and form.is_valid():
        try:
            wanted, site_key = form.wanted(form.conditions), form.cleaned_data["site"]
            made = rules.change_rule(request.actor, handle=handle, wanted=wanted, site_key=site_key)
        except Invalid as invalid:
            form.show(invalid.errors)
        except Conflict as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Changed. It acts so from the next request on.")
            return redirect("rule", handle=made.rule.handle)
    found = rule_access.rule_to_write(request.actor, handle, permission="createRule", is_kept=True)
    request.actor.require("createRule")
    form = form if form.is_bound else RuleForm(actor=request.actor, initial=initial_of(found))
    context = _editor(form) | {"title": "Change the rule", "rule": found, "cancel_url": reverse("rule", args=[handle])}
    context["adds_nothing"] = idle_rules.said_of(request.actor, found)
    return render(request, "rules/edit.html", context, status=422 if form.errors else 200)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def delete_rule(request: PageRequest, handle: str) -> HttpResponse:
    """Ask, then delete the rule; the list offers to bring it back."""
    if request.method == "POST":
        gone = rules.delete_rule(request.actor, handle=handle)
        return redirect(f"{reverse('rules')}?{urlencode({'deleted': gone.handle})}")
    found = rule_access.rule_to_write(request.actor, handle, permission="deleteRule", is_kept=True)
    request.actor.require("deleteRule")
    context = {
        "title": "Delete this rule?",
        "question": f"{found.scope_in_words}: {found.get_type_display()}. It stops acting at the next request, and can "
        f"be brought back for {KEPT_FOR // timedelta(days=1)} days.",
        "action_label": "Delete rule",
        "cancel_url": reverse("rule", args=[handle]),
    }
    return render(request, "components/confirm.html", context)


@page
@require_POST
def restore_rule(request: PageRequest, handle: str) -> HttpResponse:
    """Bring a deleted rule back."""
    try:
        back = rules.restore_rule(request.actor, handle=handle)
    except Conflict as refusal:
        messages.error(request, str(refusal))
        return redirect("rules")
    messages.success(request, "The rule is back, and acts from the next request on.")
    return redirect("rule", handle=back.handle)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def delete_rule_group(request: PageRequest, group: str) -> HttpResponse:
    """Ask, then start the task that deletes the rules of a group."""
    if request.method == "POST":
        task = rules.start_group_deletion(request.actor, group=group)
        messages.success(request, f"The rules of “{group}” are being deleted.")
        return redirect("task", task_id=task.pk) if request.actor.may("getTask") else redirect("rule_groups")
    count = rule_access.group_to_write(request.actor, group, permission="deleteRuleGroup").kept().count()
    request.actor.require("deleteRuleGroup")
    context = {
        "title": f"Delete the rules of “{group}”?",
        "question": f"{count:,} rule{'' if count == 1 else 's'} of this group will be deleted, all at once.",
        "action_label": "Delete the group",
        "cancel_url": reverse("rule_groups"),
    }
    return render(request, "rules/group_delete.html", context)


def _editor(form: RuleForm) -> dict[str, Any]:
    return {
        "form": form,
        "condition_fields": [form[COLUMNS[field]] for field in _AS_ASKED],
        "knows_countries": geography.knows_countries(),
        "knows_systems": geography.knows_systems(),
    }


def _prefilled(request: PageRequest) -> dict[str, str]:
    """What the address says of a new rule: its conditions, type and site."""
    given = {column: request.GET.get(str(field), "")[:300] for field, column in COLUMNS.items()}
    key = spelling.read(request.GET.get("site", "")[:64])
    given |= {"type": request.GET.get("type", ""), "site": spelling.spell(key) if key else ""}
    return {name: value for name, value in given.items() if value}


def _made(made: rules.Made) -> str:
    start = "The rule took the place of the one with the same conditions." if made.replaces else "The rule is made."
    return f"{start} It acts from the next request on."
