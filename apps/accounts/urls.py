"""The pages about an account's team."""

from django.urls import path

from apps.accounts import team_views

urlpatterns = [
    path("", team_views.members, name="team"),
    path("invite", team_views.invite, name="invite"),
    path("invitations/<int:invitation_id>/resend", team_views.resend, name="resend_invitation"),
    path("invitations/<int:invitation_id>/withdraw", team_views.withdraw, name="withdraw_invitation"),
    path("<int:person_id>/role", team_views.change_role, name="change_role"),
    path("<int:person_id>/remove", team_views.remove, name="remove_member"),
    path("<int:person_id>/hand-over", team_views.hand_over, name="hand_over"),
]
