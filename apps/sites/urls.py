"""The pages about sites."""

from django.urls import path

from apps.sites import list_views, people_views, secret_views, views

urlpatterns = [
    path("", list_views.sites, name="sites"),
    path("new", views.new_site, name="new_site"),
    path("shared", views.shared, name="shared_sites"),
    path("deleted", views.deleted, name="deleted_sites"),
    path("<str:site_key>/settings", views.settings, name="site_settings"),
    path("<str:site_key>/secrets", secret_views.secrets, name="site_secrets"),
    path("<str:site_key>/secrets/new", secret_views.add_secret, name="add_secret"),
    path("<str:site_key>/secrets/rotate", secret_views.rotate, name="rotate_secret"),
    path("<str:site_key>/secrets/<int:secret_id>/delete", secret_views.delete_secret, name="delete_secret"),
    path("<str:site_key>/people", people_views.people, name="site_people"),
    path("<str:site_key>/people/<int:share_id>", people_views.change_share, name="change_share"),
    path("<str:site_key>/people/<int:share_id>/remove", people_views.remove_share, name="remove_share"),
    path(
        "<str:site_key>/people/waiting/<int:share_id>/remove",
        people_views.remove_waiting_share,
        name="remove_waiting_share",
    ),
    path("<str:site_key>/activity", views.activity, name="site_activity"),
    path("<str:site_key>/deactivate", views.deactivate, name="deactivate_site"),
    path("<str:site_key>/reactivate", views.reactivate, name="reactivate_site"),
    path("<str:site_key>/delete", views.delete, name="delete_site"),
    path("<str:site_key>/restore", views.restore, name="restore_site"),
]
