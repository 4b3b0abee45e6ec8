"""The install tab of a site: what to paste, a captcha to try, and whether the first solution has arrived."""

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from apps.accounts.page import PageRequest
from apps.permissions.refusals import Invalid
from apps.protection import test_keys, trial
from apps.protection.snippets import BACKENDS, PAGES, SPELLINGS, Snippets
from apps.sites import operations
from apps.sites.frame import render_tab
from apps.sites.models import Site
from apps.sites.origins import parse_origin
from apps.sites.page import site_page
from apps.sites.snippets import environment_lines

CHOICES: Final = {
    "words": {name: spelling.label for name, spelling in SPELLINGS.items()},
    "page": PAGES,
    "backend": BACKENDS,
}
MOST_POLLS: Final = 200  # ten minutes; a page that asked for ever would keep its session alive for ever

ARRIVED: Final = "The first solution from this site's pages has arrived."

Link = tuple[str, str, bool, str]
"""Label, address, whether it is the page's own, and its id."""


@site_page
@require_safe
def install(request: PageRequest, site_key: str) -> HttpResponse:
    """How to put the widget on a page and check its answer, in the words and for the technology that are chosen."""
    found = operations.get_site(request.actor, site_key=site_key)
    chosen = _chosen(request.GET)
    context = (
        _texts(request, found, chosen)
        | _first_solution(request, found)
        | {
            "environment": environment_lines(found.site_key),
            "test_keys": test_keys.ALL,
            "choices": {name: list(_links(name, chosen)) for name in CHOICES},
        }
    )
    return render_tab(request, found, "install", context)


@site_page
@require_POST
def try_solution(request: PageRequest, site_key: str) -> HttpResponse:
    """Verify what the captcha on the install tab made, and show what was found."""
    found = operations.get_site(request.actor, site_key=site_key)
    solution = request.POST.get(SPELLINGS["gatehouse"].field, "")
    verification = trial.verify_trial(
        request.actor, site_key=site_key, solution=solution, own_origin=_own_origin(request)
    )
    context = {"site": found, "verification": verification, "has_tried": True}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "sites/_trial_result.html", context)
    return render_tab(request, found, "install", context, template="sites/trial.html")


@site_page
@require_safe
def first_solution(request: PageRequest, site_key: str) -> HttpResponse:
    """Whether a solution from the site's own pages has arrived: a part of the page, which asks until it is so."""
    found = operations.get_site(request.actor, site_key=site_key)
    context = _first_solution(request, found) | {"site": found}
    response = render(request, "sites/_first_solution.html", context)
    if context["first_solution_at"]:
        trigger_client_event(response, "toast", {"text": ARRIVED, "level": "ok"})
    return response


def _chosen(query: QueryDict) -> dict[str, str]:
    """What the address asks for; the first of each where it names none that there is."""
    return {
        name: next((option for option in options if option == query.get(name)), next(iter(options)))
        for name, options in CHOICES.items()
    }


def _texts(request: HttpRequest, found: Site, chosen: dict[str, str]) -> dict[str, Any]:
    spelling = SPELLINGS[chosen["words"]]
    snippets = Snippets(request.build_absolute_uri("/").rstrip("/"), found.key, spelling)
    return {
        "spelling": spelling,
        "page_title": PAGES[chosen["page"]],
        "page_code": snippets.page(chosen["page"]),
        "backend_title": BACKENDS[chosen["backend"]],
        "backend_code": snippets.backend(chosen["backend"]),
        "policy": snippets.policy,
        "assistant_text": snippets.for_an_assistant,
    }


def _links(changed: str, chosen: dict[str, str]) -> Iterable[Link]:
    for name, label in CHOICES[changed].items():
        yield label, f"?{urlencode(chosen | {changed: name})}", chosen[changed] == name, f"{changed}-{name}"


def _first_solution(request: PageRequest, found: Site) -> dict[str, Any]:
    asked = request.GET.get("asked", "")
    polls = int(asked) if asked.isdecimal() and len(asked) < 6 else 0
    moment = trial.first_solution_at(request.actor, site_key=found.site_key, own_origin=_own_origin(request))
    return {"first_solution_at": moment, "next_poll": polls + 1, "asks_again": not moment and polls < MOST_POLLS}


def _own_origin(request: HttpRequest) -> str:
    """The dashboard's origin; empty where its host is none that an origin can have."""
    try:
        return parse_origin(f"{request.scheme}://{request.get_host()}")
    except Invalid:
        return ""
