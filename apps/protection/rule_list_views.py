"""The lists of rules and of their groups, and the page that says which rule would act."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from apps.accounts.page import PageRequest, page
from apps.listing.keyset import NEWEST_FIRST, page_of
from apps.permissions.actor import Actor
from apps.permissions.refusals import Invalid
from apps.protection import geography, rule_access, rule_checks, rules
from apps.protection.conditions import Field, canonical, clean_user_agent
from apps.protection.rule_choice import STATES, WHOLE_ACCOUNT, RuleChoice, choice_from
from apps.protection.rule_forms import CheckForm
from apps.protection.rule_models import Rule, RuleType
from apps.protection.rule_page import rule_tabs
from apps.protection.visitors import Visitor
from apps.sites.models import Site

PAGE_SIZE: Final = 50


@page
@require_safe
def rule_list(request: PageRequest) -> HttpResponse:
    """The rules that the reader may see, as they asked for them."""
    actor, choice = request.actor, choice_from(request.GET)
    everything = rules.list_rules(actor)
    rows = page_of(choice.among(everything, actor), NEWEST_FIRST, cursor=request.GET.get("cursor", ""), size=PAGE_SIZE)
    context: dict[str, Any] = {
        "rows": rows.rows,
        "choice": choice,
        "previous_url": _url(choice, cursor=rows.previous_cursor) if rows.previous_cursor else "",
        "next_url": _url(choice, cursor=rows.next_cursor) if rows.next_cursor else "",
        "may_create": actor.may("createRule"),
    }
    if request.headers.get("HX-Target") == "rules":
        return push_url(render(request, "rules/_list.html", context), _url(choice))
    context |= {
        "tabs": rule_tabs(request, "rules"),
        "has_any": bool(rows.rows) or (choice.is_filtered and everything.exists()),
        "types": RuleType.choices,
        "states": STATES,
        "whole_account": WHOLE_ACCOUNT,
        "sites": _places(actor, choice.site),
        "group": [(choice.group, f"Group {choice.group}")],
        "deleted": _just_deleted(request),
    }
    return render(request, "rules/list.html", context)


@page
@require_safe
def rule_groups(request: PageRequest) -> HttpResponse:
    """The groups of the rules that the reader may see."""
    context = {
        "groups": rules.list_groups(request.actor),
        "tabs": rule_tabs(request, "rule_groups"),
        "may_delete": request.actor.may("deleteRuleGroup"),
    }
    return render(request, "rules/groups.html", context)


@page
@require_safe
def check_rules(request: PageRequest) -> HttpResponse:
    """Say which rule would act on a request, and why the others would not."""
    request.actor.require("getRules")
    form = CheckForm(request.GET if "address" in request.GET else None, actor=request.actor)
    context: dict[str, Any] = {
        "form": form,
        "tabs": rule_tabs(request, "check_rules"),
        "knows_countries": geography.knows_countries(),
        "has_sites": bool(form.fields["site"].widget.choices),
    }
    if form.is_bound and form.is_valid():
        visitor = _visitor(form)
        if visitor is not None:
            site_key = form.cleaned_data["site"]
            context["check"] = rule_checks.check_request(request.actor, site_key=site_key, visitor=visitor)
    return render(request, "rules/check.html", context, status=422 if form.errors else 200)


def _visitor(form: CheckForm) -> Visitor | None:
    """The visitor that the form describes; `None`, with the errors at their fields, for one that there cannot be."""
    given = {name: form.cleaned_data[name].strip() for name in ("address", "country", "asn")}
    for name, field in (("address", Field.IP), ("country", Field.COUNTRY), ("asn", Field.ASN)):
        try:
            given[name] = canonical(field, given[name]) if given[name] else ""
        except Invalid as invalid:
            form.add_error(name, str(invalid))
    if form.errors:
        return None
    return Visitor(
        address=given["address"],
        user_agent=clean_user_agent(form.cleaned_data["user_agent"]),
        country=given["country"],
        asn=int(given["asn"] or 0),
        user_id=form.cleaned_data["user_id"],
        ja4=form.cleaned_data["ja4"],
    )


def _places(actor: Actor, chosen: str) -> list[tuple[str, str]]:
    """Where rules can act, to choose from: all sites together, and single ones that the actor may see."""
    found = Site.objects.visible_to(actor).to_choose_from(chosen)
    return [(WHOLE_ACCOUNT, "For all sites"), *((site.site_key, f"Only {site.name}") for site in found)]


def _just_deleted(request: PageRequest) -> Rule | None:
    """The rule that the reader has just deleted, to be brought back; `None` where they may not."""
    handle = request.GET.get("deleted", "")[:64]
    if not handle or "\0" in handle or not request.actor.may("createRule"):
        return None
    gone = Rule.objects.visible_to(request.actor).exclude(deleted_at=None).filter(handle=handle)
    rule = gone.select_related("site").first()
    return rule if rule and rule_access.may_write(request.actor, rule) else None


def _url(choice: RuleChoice, **more: str) -> str:
    query = choice.query(**more)
    return reverse("rules") + (f"?{query}" if query else "")
