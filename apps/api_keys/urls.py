"""The pages about API keys."""

from django.urls import path

from apps.api_keys import bulk_views, life_views, list_views, settings_views, usage_views, views

urlpatterns = [
    path("", list_views.keys, name="keys"),
    path("new", views.new_key, name="new_key"),
    path("settings", settings_views.api_settings, name="api_settings"),
    path("networks", views.check_networks, name="check_networks"),
    path("disable", bulk_views.disable, name="disable_keys"),
    path("delete", bulk_views.delete, name="delete_keys"),
    path("<uuid:key_id>/", views.key, name="key"),
    path("<uuid:key_id>/edit", life_views.edit, name="edit_key"),
    path("<uuid:key_id>/rotate", life_views.rotate, name="rotate_key"),
    path("<uuid:key_id>/end-earlier-tokens", life_views.end_earlier_tokens, name="end_earlier_tokens"),
    path("<uuid:key_id>/disable", life_views.disable, name="disable_key"),
    path("<uuid:key_id>/enable", life_views.enable, name="enable_key"),
    path("<uuid:key_id>/usage", usage_views.usage, name="key_usage"),
    path("<uuid:key_id>/usage.csv", usage_views.usage_csv, name="key_usage_csv"),
    path("<uuid:key_id>/delete", views.delete, name="delete_key"),
]
