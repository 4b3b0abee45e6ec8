"""Every action that the log can hold: dotted past tense, with the words a page shows."""

from django.db import models


class Action(models.TextChoices):
    """What was done, or what was refused (`Outcome` tells which)."""

    ACCOUNT_FOUNDED = "account.founded", "Account founded"
    ACCOUNT_UPDATED = "account.updated", "Account settings changed"
    MEMBER_ADDED = "member.added", "Member added"
    MEMBER_INVITED = "member.invited", "Member invited"
    INVITATION_WITHDRAWN = "invitation.withdrawn", "Invitation withdrawn"
    INVITATION_ACCEPTED = "invitation.accepted", "Invitation accepted"
    ROLE_CHANGED = "role.changed", "Role changed"
    OWNERSHIP_HANDED_OVER = "ownership.handed_over", "Ownership handed over"
    MEMBER_REMOVED = "member.removed", "Member removed"

    SIGN_IN_SUCCEEDED = "sign_in.succeeded", "Signed in"
    SIGN_IN_REFUSED = "sign_in.refused", "Sign-in refused"
    SIGN_IN_ENDED = "sign_in.ended", "Signed out"
    PASSWORD_CHANGED = "password.changed", "Password changed"
    PASSWORD_RESET = "password.reset", "Password reset"
    EMAIL_ADDED = "email.added", "E-mail address added"
    EMAIL_REMOVED = "email.removed", "E-mail address removed"
    EMAIL_CHANGED = "email.changed", "E-mail address changed"
    EMAIL_CONFIRMED = "email.confirmed", "E-mail address confirmed"
    CONFIRMATION_REFUSED = "confirmation.refused", "Confirmation refused"
    FACTOR_ADDED = "factor.added", "Second factor added"
    FACTOR_REMOVED = "factor.removed", "Second factor removed"
    RECOVERY_CODES_GENERATED = "recovery_codes.generated", "Recovery codes generated"
    RECOVERY_CODE_USED = "recovery_code.used", "Recovery code used"
    SESSION_ENDED = "session.ended", "Session ended"

    SITE_CREATED = "site.created", "Site created"
    SITE_UPDATED = "site.updated", "Site updated"
    SITE_DEACTIVATED = "site.deactivated", "Site deactivated"
    SITE_REACTIVATED = "site.reactivated", "Site reactivated"
    SITE_DELETED = "site.deleted", "Site deleted"
    SITE_RESTORED = "site.restored", "Site restored"
    SECRET_ADDED = "secret.added", "Secret added"
    SECRET_ROTATED = "secret.rotated", "Secret rotated"
    SECRET_DELETED = "secret.deleted", "Secret deleted"

    SHARE_GRANTED = "share.granted", "Site shared"
    SHARE_CHANGED = "share.changed", "Share changed"
    SHARE_REMOVED = "share.removed", "Share removed"

    KEY_CREATED = "key.created", "API key created"
    KEY_DELETED = "key.deleted", "API key deleted"
    KEY_EXPIRED = "key.expired", "API key expired"
    KEY_REFUSED = "key.refused", "API key refused"

    AUDIT_EXPORTED = "audit.exported", "Audit log exported"
    READING_REFUSED = "reading.refused", "Reading refused"
