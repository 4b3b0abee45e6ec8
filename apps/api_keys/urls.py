"""The pages about API keys."""

from django.urls import path

from apps.api_keys import settings_views, views

urlpatterns = [
    path("", views.keys, name="keys"),
    path("new", views.new_key, name="new_key"),
    path("settings", settings_views.api_settings, name="api_settings"),
    path("<uuid:key_id>/", views.key, name="key"),
    path("<uuid:key_id>/delete", views.delete, name="delete_key"),
]
