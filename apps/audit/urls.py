"""The pages about the audit log."""

from django.urls import path

from apps.audit import views

urlpatterns = [
    path("", views.log, name="log"),
    path("export.csv", views.export_csv, name="log_csv"),
    path("export.jsonl", views.export_jsonl, name="log_jsonl"),
    path("check", views.check, name="log_check"),
    path("<int:sequence>", views.event, name="log_event"),
]
