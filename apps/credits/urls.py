"""The pages about credits."""

from django.urls import path

from apps.credits import views

urlpatterns = [
    path("", views.credits, name="credits"),
    path("history.csv", views.credits_csv, name="credits_csv"),
    path("grant", views.grant, name="grant_credits"),
]
