"""The pages about organizations; their list of sites stands beside the list of all sites."""

from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import push_url

from apps.accounts.models import Account, Organization
from apps.accounts.page import PageRequest, page
from apps.listing.keyset import BY_NAME, page_of
from apps.permissions.refusals import Conflict, Invalid
from apps.sites import access, organizations
from apps.sites.deleted_rows import DeletedRow
from apps.sites.limits import uses_of
from apps.sites.models import Site
from apps.sites.organization_forms import (
    DeleteOrganizationForm,
    OrganizationChoice,
    OrganizationForm,
    chosen_organization,
    organizations_of,
)

PAGE_SIZE: Final = 50


@page
@require_safe
def organizations_list(request: PageRequest) -> HttpResponse:
    """The organizations by name, with how many sites each has for the reader."""
    search, cursor = request.GET.get("q", "").replace("\0", "").strip()[:200], request.GET.get("cursor", "")
    actor, found = request.actor, organizations.list_organizations(request.actor)
    has_any = bool(search or cursor) and found.exists()
    rows = page_of(found.filter(name__icontains=search), BY_NAME, cursor=cursor, size=PAGE_SIZE)
    context = {
        "page": rows,
        "rows": _counted(request, rows.rows),
        "search": search,
        "has_any": has_any or bool(rows.rows),
        "previous_url": _list_url(search, rows.previous_cursor) if rows.previous_cursor else "",
        "next_url": _list_url(search, rows.next_cursor) if rows.next_cursor else "",
        "uses": uses_of(Account.objects.get(pk=actor.own_account_id)),
        "may_create": actor.may("createOrganization"),
        "lists": _lists(request, "organizations"),
    }
    if request.headers.get("HX-Target") == "organization-list":
        return push_url(render(request, "organizations/_list.html", context), _list_url(search))
    return render(request, "organizations/list.html", context)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new_organization(request: PageRequest) -> HttpResponse:
    """Create an organization."""
    form = OrganizationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = organizations.create_organization(request.actor, name=form.cleaned_data["name"])
        except Invalid as invalid:
            form.show(invalid.errors)
        except Conflict as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"“{made.name}” is created. Put sites into it, or create one in it.")
            return redirect("organization", organization_id=made.pk)
    request.actor.require("createOrganization")
    return render(request, "organizations/new.html", {"form": form}, status=422 if form.errors else 200)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def rename(request: PageRequest, organization_id: int) -> HttpResponse:
    """Give the organization another name."""
    form = OrganizationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        try:
            organizations.rename_organization(request.actor, organization_id=organization_id, name=name)
        except Invalid as invalid:
            form.show(invalid.errors)
        except Conflict as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "Renamed.")
            return redirect("organization", organization_id=organization_id)
    found = organizations.get_organization(request.actor, organization_id=organization_id)
    request.actor.require("updateOrganization")
    form = form if form.is_bound else OrganizationForm(initial={"name": found.name})
    context = {"form": form, "organization": found}
    return render(request, "organizations/rename.html", context, status=422 if form.errors else 200)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: PageRequest, organization_id: int) -> HttpResponse:
    """Ask, saying what goes along and wanting the name typed; then delete the organization with its sites."""
    form = _typed(request, organization_id)
    if request.method == "POST" and (form is None or form.is_valid()):
        gone = organizations.delete_organization(request.actor, organization_id=organization_id)
        messages.success(request, f"“{gone.name}” is deleted with its sites. You can restore it for 30 days.")
        return redirect("deleted_organizations")
    found = organizations.get_organization(request.actor, organization_id=organization_id)
    request.actor.require("deleteOrganization")
    form = form or DeleteOrganizationForm(organization=found)
    context = {
        "form": form,
        "organization": found,
        "count": Site.objects.living().filter(organization=found).count(),
        "title": f"Delete “{found.name}”?",
        "action_label": "Delete organization",
        "cancel_url": reverse("organization", args=[found.pk]),
    }
    return render(request, "organizations/delete.html", context, status=422 if form.errors else 200)


@page
@require_safe
def deleted(request: PageRequest) -> HttpResponse:
    """The organizations that were deleted in the last 30 days and can be restored, each with what went with it."""
    found = list(organizations.list_deleted_organizations(request.actor))
    went = Site.objects.filter(organization__in=found, deleted_at__isnull=False).values("organization", "deleted_at")
    counts = {(row["organization"], row["deleted_at"]): row["count"] for row in went.annotate(count=Count("pk"))}
    rows = [DeletedRow.of_organization(one, counts.get((one.pk, one.deleted_at), 0)) for one in found]
    lists = _lists(request, "deleted_organizations")
    return render(request, "organizations/deleted.html", {"rows": rows, "lists": lists})


@page
@require_POST
def restore(request: PageRequest, organization_id: int) -> HttpResponse:
    """Bring a deleted organization back; where its name was taken meanwhile, ask for another."""
    name = request.POST.get("name")
    try:
        back = organizations.restore_organization(request.actor, organization_id=organization_id, name=name)
    except (organizations.OrganizationNameTaken, Invalid) as refusal:
        return _ask_for_another_name(request, organization_id, str(refusal))
    except Conflict as refusal:
        messages.error(request, str(refusal))
        return redirect("deleted_organizations")
    messages.success(request, f"“{back.name}” is back, with the sites that went with it.")
    return redirect("organization", organization_id=back.pk)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: PageRequest) -> HttpResponse:
    """Ask where the chosen sites shall go, naming them; then move them all, or none."""
    actor, site_keys = request.actor, request.POST.getlist("sites")
    if request.method == "POST":
        try:
            count = organizations.move_sites(actor, site_keys=site_keys, organization_id=chosen_organization(request))
        except (Conflict, Invalid) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{count} site{'' if count == 1 else 's'} moved.")
        return redirect(_back(request, request.POST.get("next", "")))
    actor.require("updateSite")
    wanted = request.GET.getlist("sites")[: organizations.MOST_AT_ONCE]
    chosen = access.visible_sites(actor, wanted)
    levels = access.levels_of([(actor, site) for site in chosen])
    sites = [site for site in chosen if levels[site.pk] is access.Level.OWN]
    back_url = _back(request, request.GET.get("next", ""))
    if not chosen:
        messages.info(request, "Choose the sites first: check the box at the start of their rows.")
        return redirect(back_url)
    if not sites:
        messages.error(request, "Only a site's creator, an owner or an admin can move it to another organization.")
        return redirect(back_url)
    context = {
        "sites": sites,
        "left_out": [site for site in chosen if site not in sites],
        "choice": OrganizationChoice(organizations_of(actor), None),
        "action_label": f"Move {len(sites)} site{'' if len(sites) == 1 else 's'}",
        "cancel_url": back_url,
        "is_harmless": True,
    }
    return render(request, "organizations/move.html", context)


def _typed(request: PageRequest, organization_id: int) -> DeleteOrganizationForm | None:
    """The form as it was sent, by those who may delete the organization; others are refused whatever they typed."""
    if request.method != "POST" or not request.actor.may("deleteOrganization"):
        return None
    found = Organization.objects.visible_to(request.actor).filter(pk=organization_id).first()
    return DeleteOrganizationForm(request.POST, organization=found) if found else None


def _ask_for_another_name(request: PageRequest, organization_id: int, problem: str) -> HttpResponse:
    found = organizations.list_deleted_organizations(request.actor).filter(pk=organization_id).first()
    if found is None:
        raise organizations.NoSuchOrganization(access.NO_SUCH_ORGANIZATION)
    form = OrganizationForm({"name": request.POST.get("name", found.name)})
    form.add_error("name", problem)
    return render(request, "organizations/restore.html", {"form": form, "organization": found}, status=422)


def _counted(request: PageRequest, rows: list[Organization]) -> list[tuple[Organization, int]]:
    """Each organization, and how many of its sites the reader sees."""
    visible = Site.objects.visible_to(request.actor).filter(organization__in=rows).order_by()
    counts = dict(visible.values_list("organization").annotate(count=Count("pk")))
    return [(one, counts.get(one.pk, 0)) for one in rows]


def _lists(request: PageRequest, current: str) -> list[tuple[str, str, bool]]:
    """The lists of organizations that the reader has, as tabs."""
    lists = [("Organizations", "organizations")]
    if request.actor.may("deleteOrganization"):
        lists.append(("Deleted lately", "deleted_organizations"))
    return [(label, reverse(name), name == current) for label, name in lists]


def _list_url(search: str, cursor: str = "") -> str:
    query = urlencode({name: text for name, text in (("q", search), ("cursor", cursor)) if text})
    return reverse("organizations") + (f"?{query}" if query else "")


def _back(request: PageRequest, address: str) -> str:
    """Where the reader came from, in this dashboard; else the list of sites."""
    is_ours = address.startswith("/") and url_has_allowed_host_and_scheme(address, None)
    return address[:1000] if is_ours else reverse("sites")
