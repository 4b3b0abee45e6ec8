"""The pages about who may read or write a site."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.confirmation import confirmed
from apps.accounts.page import PageRequest
from apps.permissions.models import Share, ShareLevel
from apps.permissions.refusals import Conflict, Invalid, NotFound
from apps.sites import access, sharing
from apps.sites.forms import ShareForm
from apps.sites.frame import render_tab
from apps.sites.operations import get_site
from apps.sites.page import owns_site, site_page


@site_page
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed(sharing.share_site, may=owns_site, then="site_people")
def people(request: PageRequest, site_key: str) -> HttpResponse:
    """Who has what and since when; share the site with one more person."""
    form = ShareForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        email, level = form.cleaned_data["email"], ShareLevel(form.cleaned_data["level"])
        try:
            share = sharing.share_site(request.actor, site_key=site_key, email=email, level=level)
        except (Conflict, Invalid) as refusal:
            form.add_error("email", str(refusal))
        except NotFound as refusal:
            get_site(request.actor, site_key=site_key)
            form.add_error("email", str(refusal))
        else:
            waits = "" if isinstance(share, Share) else " It takes effect when somebody verifies that address."
            messages.success(request, f"{email} {level.label.lower()} this site.{waits}")
            return redirect("site_people", site_key=site_key)
    found = get_site(request.actor, site_key=site_key)
    context = {
        "form": form,
        "creator": access.creator_of(found),
        "shares": sharing.list_shares(request.actor, site_key=site_key),
        "waiting": sharing.list_waiting_shares(request.actor, site_key=site_key),
        "levels": ShareLevel.choices,
    }
    return render_tab(request, found, "people", context, status=422 if form.errors else 200)


@site_page
@require_POST
@confirmed(sharing.change_share, may=owns_site, then="site_people")
def change_share(request: PageRequest, site_key: str, share_id: int) -> HttpResponse:
    """Change what a person may do with the site."""
    level = request.POST.get("level", "")
    if level not in ShareLevel.values:
        messages.error(request, "Choose whether the person can read or write.")
    else:
        share = sharing.change_share(request.actor, site_key=site_key, share_id=share_id, level=ShareLevel(level))
        messages.success(request, f"{share.person.email} {ShareLevel(level).label.lower()} this site from now on.")
    return redirect("site_people", site_key=site_key)


@site_page
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed(sharing.remove_share, may=owns_site)
def remove_share(request: PageRequest, site_key: str, share_id: int) -> HttpResponse:
    """Ask, naming the person; then stop sharing."""
    if request.method == "POST":
        gone = sharing.remove_share(request.actor, site_key=site_key, share_id=share_id)
        messages.success(request, f"{gone.person.email} finds nothing of this site any more.")
        return redirect("site_people", site_key=site_key)
    found = get_site(request.actor, site_key=site_key)
    share = next((one for one in sharing.list_shares(request.actor, site_key=site_key) if one.pk == share_id), None)
    if share is None:
        raise NotFound("There is no such share any more.")
    context = {
        "share": share,
        "title": f"Stop sharing “{found.name}” with {share.person.display_name}?",
        "action_label": "Stop sharing",
        "cancel_url": reverse("site_people", args=[found.site_key]),
    }
    return render_tab(request, found, "people", context, template="sites/share_remove.html")


@site_page
@require_POST
def remove_waiting_share(request: PageRequest, site_key: str, share_id: int) -> HttpResponse:
    """Take back a share that waits for its address."""
    gone = sharing.remove_waiting_share(request.actor, site_key=site_key, share_id=share_id)
    messages.success(request, f"The share for {gone.email} is taken back.")
    return redirect("site_people", site_key=site_key)
