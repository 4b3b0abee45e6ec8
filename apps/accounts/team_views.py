"""The pages about an account's team, and the one that accepts an invitation."""

from uuid import UUID

import structlog
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import invitations, team
from apps.accounts.confirmation import confirmed
from apps.accounts.forms import InvitationForm, NewPersonForm
from apps.accounts.mails import send_invitation
from apps.accounts.models import Invitation, Membership, User
from apps.accounts.once import sent_once
from apps.accounts.page import PageRequest, page, public
from apps.accounts.team import InvitationWithToken
from apps.audit import clock
from apps.audit.source import source_of
from apps.permissions.actor import Actor
from apps.permissions.refusals import Conflict, Invalid, NotFound
from apps.permissions.roles import DESCRIPTIONS, Role

log = structlog.get_logger(__name__)


@page
@require_safe
def members(request: PageRequest) -> HttpResponse:
    """The account's people and open invitations."""
    return _team(request, InvitationForm(actor=request.actor))


@page
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@confirmed(team.invite_member, then="team")
@sent_once(then="team")
def invite(request: PageRequest) -> HttpResponse:
    """Invite an address; where mail is not set up, the answer shows the link, once."""
    request.actor.require("createUser")
    if request.method != "POST":
        return redirect("team")
    form = InvitationForm(request.POST, actor=request.actor)
    if form.is_valid():
        email, role = form.cleaned_data["email"], Role(form.cleaned_data["role"])
        try:
            return _invited(request, team.invite_member(request.actor, email=email, role=role))
        except (Conflict, Invalid) as refusal:
            form.add_error("email", str(refusal))
    return _team(request, form, status=422)


@page
@require_POST
@never_cache
@confirmed(team.resend_invitation, then="team")
@sent_once(then="team")
def resend(request: PageRequest, invitation_id: int) -> HttpResponse:
    """Send an invitation again, with a new link."""
    return _invited(request, team.resend_invitation(request.actor, invitation_id=invitation_id))


@page
@require_POST
def withdraw(request: PageRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    email = team.withdraw_invitation(request.actor, invitation_id=invitation_id)
    messages.success(request, f"The invitation of {email} is withdrawn. Its link has stopped.")
    return redirect("team")


@page
@require_POST
@confirmed(team.change_role, then="team")
def change_role(request: PageRequest, person_id: int) -> HttpResponse:
    """Give a member another role."""
    role = request.POST.get("role", "")
    if role not in Role.values:
        messages.error(request, "Choose one of the roles.")
        return redirect("team")
    try:
        changed = team.change_role(request.actor, person_id=person_id, role=Role(role))
        messages.success(request, f"{changed.person.display_name} is {Role(role).label} from now on.")
    except Conflict as refusal:
        messages.error(request, str(refusal))
    return redirect("team")


@page
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed(team.remove_member)
def remove(request: PageRequest, person_id: int) -> HttpResponse:
    """Ask, naming the person and what stops with them; then remove them."""
    membership = _membership(request, person_id)
    if request.method == "POST":
        try:
            gone = team.remove_member(request.actor, person_id=person_id)
            messages.success(request, f"{gone.display_name} is removed. Their access, shares and keys have stopped.")
        except Conflict as refusal:
            messages.error(request, str(refusal))
        return redirect("team")
    context = {
        "membership": membership,
        "title": f"Remove {membership.person.display_name}?",
        "action_label": "Remove from the account",
        "cancel_url": reverse("team"),
    }
    return render(request, "accounts/member_remove.html", context)


def _may_hand_over(actor: Actor, *, permission: str, **_: object) -> None:
    actor.require(permission)
    team.require_ownership_for(actor, Role.OWNER, permission)


@page
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed(team.hand_over_ownership, may=_may_hand_over)
def hand_over(request: PageRequest, person_id: int) -> HttpResponse:
    """Ask, naming the successor; then hand the ownership over."""
    membership = _membership(request, person_id)
    if request.method == "POST":
        try:
            successor = team.hand_over_ownership(request.actor, person_id=person_id)
            messages.success(request, f"{successor.person.display_name} owns the account now. You are an admin.")
        except Conflict as refusal:
            messages.error(request, str(refusal))
        return redirect("team")
    context = {
        "membership": membership,
        "title": f"Hand the ownership over to {membership.person.display_name}?",
        "action_label": "Hand over ownership",
        "cancel_url": reverse("team"),
    }
    return render(request, "accounts/hand_over.html", context)


@page
@require_POST
def switch_account(request: PageRequest) -> HttpResponse:
    """Work in another account of the reader's; it is remembered."""
    chosen = Membership.objects.filter(
        person=request.user, account_id=_uuid(request.POST.get("account", "")) or UUID(int=0)
    )
    membership = chosen.select_related("account").first()
    if membership is None:
        raise NotFound("You do not belong to this account any more.")
    User.objects.filter(pk=request.user.pk).update(current_account=membership.account)
    messages.success(request, f"You work in {membership.account.name} now.")
    return redirect("overview")


@public
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation: as the signed-in person, after signing in, or as somebody new."""
    try:
        invitation = invitations.find_open_invitation(token)
    except NotFound as refusal:
        raise Http404(str(refusal)) from refusal
    if invitation.account_id is None:
        return redirect("set_up", token=token)
    if isinstance(request.user, User):
        return _accept_as(request, token, invitation, request.user)
    if invitations.person_with(invitation.email):
        messages.info(request, f"Sign in as {invitation.email} to accept the invitation.")
        return redirect_to_login(request.get_full_path())
    return _accept_as_new(request, token, invitation)


def _accept_as(request: HttpRequest, token: str, invitation: Invitation, person: User) -> HttpResponse:
    context = {
        "invitation": invitation,
        "role": Role(invitation.role),
        "is_theirs": team.has_verified(person, invitation.email),
    }
    if request.method == "POST":
        try:
            membership = invitations.join(token, person=person, source=source_of(request, "dashboard"))
        except (Conflict, NotFound) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Welcome to {membership.account.name}.")
            return redirect("overview")
    return render(request, "accounts/invitation.html", context)


def _accept_as_new(request: HttpRequest, token: str, invitation: Invitation) -> HttpResponse:
    form = NewPersonForm(request.POST if request.method == "POST" else None, email=invitation.email)
    if request.method == "POST" and form.is_valid():
        try:
            person = invitations.join_as_new_person(
                token,
                name=form.cleaned_data["name"],
                password=form.cleaned_data["password"],
                source=source_of(request, "dashboard"),
            )
        except Invalid as invalid:
            form.add_error("name", str(invalid))
        except (Conflict, NotFound) as refusal:
            raise Http404(str(refusal)) from refusal
        else:
            login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
            messages.success(request, "Welcome.")
            return redirect("overview")
    context = {"invitation": invitation, "role": Role(invitation.role), "form": form}
    return render(request, "accounts/invitation_new_person.html", context, status=422 if form.errors else 200)


def _team(request: PageRequest, form: InvitationForm, *, status: int = 200) -> HttpResponse:
    actor = request.actor
    members = list(team.list_members(actor))
    context = {
        "members": members,
        "has_one_owner": sum(membership.role == Role.OWNER for membership in members) == 1,
        "invitations": team.list_invitations(actor),
        "form": form,
        "roles": [(role, role.label, DESCRIPTIONS[role]) for role in Role],
        "now": clock.now(),
        "is_owner": actor.role is Role.OWNER,
        "may_invite": actor.may("createUser"),
        "may_change": actor.may("updateUser"),
        "may_remove": actor.may("deleteUser"),
    }
    return render(request, "accounts/team.html", context, status=status)


def _invited(request: PageRequest, made: InvitationWithToken) -> HttpResponse:
    """Send the mail; or show the link in this one answer, where there is no mail server."""
    link = request.build_absolute_uri(reverse("accept_invitation", args=[made.token.reveal()]))
    if settings.MAIL_IS_SET_UP:
        email = made.invitation.email
        try:
            send_invitation(made.invitation, link)
        except OSError:
            log.exception("invitation_not_mailed")
            messages.error(request, f"The mail to {email} could not be sent. The invitation is kept: send it later.")
        else:
            messages.success(request, f"An invitation is on its way to {email}. It is good for 7 days.")
        return redirect("team")
    return render(request, "accounts/invitation_link.html", {"invitation": made.invitation, "link": link})


def _membership(request: PageRequest, person_id: int) -> Membership:
    membership = team.list_members(request.actor).filter(person_id=person_id).first()
    if membership is None:
        raise NotFound(team.NOT_A_MEMBER)
    return membership


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
