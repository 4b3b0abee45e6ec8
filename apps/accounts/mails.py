"""The mails of this app, each with a text and an HTML part."""

from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from apps.accounts.models import Invitation
from apps.permissions.roles import DESCRIPTIONS, Role


def send_invitation(invitation: Invitation, link: str) -> None:
    """Send an invitation to the address that it is bound to.

    Args:
        invitation: into an account.
        link: accepts it; it is in this mail and nowhere else.

    Raises:
        OSError: when the mail server does not take it.
    """
    role = Role(invitation.role)
    context = {"invitation": invitation, "role": role, "role_description": DESCRIPTIONS[role], "link": link}
    account = invitation.account
    subject = f"You are invited to {account.name if account else 'Gatehouse'}"
    mail = EmailMultiAlternatives(subject, render_to_string("emails/invitation.txt", context), to=[invitation.email])
    mail.attach_alternative(render_to_string("emails/invitation.html", context), "text/html")
    mail.send()
