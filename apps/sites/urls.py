"""The pages about sites."""

from django.urls import path

from apps.sites import views

urlpatterns = [
    path("", views.sites, name="sites"),
    path("new", views.new_site, name="new_site"),
    path("<str:site_key>/", views.site, name="site"),
    path("<str:site_key>/install", views.install, name="site_install"),
    path("<str:site_key>/settings", views.settings, name="site_settings"),
    path("<str:site_key>/secrets", views.secrets, name="site_secrets"),
    path("<str:site_key>/secrets/rotate", views.rotate, name="rotate_secret"),
    path("<str:site_key>/activity", views.activity, name="site_activity"),
    path("<str:site_key>/deactivate", views.deactivate, name="deactivate_site"),
    path("<str:site_key>/reactivate", views.reactivate, name="reactivate_site"),
]
