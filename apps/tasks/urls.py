"""The pages about tasks."""

from django.urls import path

from apps.tasks import views

urlpatterns = [
    path("", views.tasks, name="tasks"),
    path("<uuid:task_id>/", views.task, name="task"),
    path("<uuid:task_id>/results.csv", views.task_csv, name="task_csv"),
    path("<uuid:task_id>/cancel", views.cancel_task, name="cancel_task"),
]
