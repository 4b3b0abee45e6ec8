"""The pages about API keys."""

from django.urls import path

from apps.api_keys import usage_views, views

urlpatterns = [
    path("", views.keys, name="keys"),
    path("new", views.new_key, name="new_key"),
    path("<uuid:key_id>/", views.key, name="key"),
    path("<uuid:key_id>/usage", usage_views.usage, name="key_usage"),
    path("<uuid:key_id>/usage.csv", usage_views.usage_csv, name="key_usage_csv"),
    path("<uuid:key_id>/delete", views.delete, name="delete_key"),
]
