"""The pages about organizations."""

from django.urls import path

from apps.sites import list_views, organization_views

urlpatterns = [
    path("", organization_views.organizations_list, name="organizations"),
    path("new", organization_views.new_organization, name="new_organization"),
    path("deleted", organization_views.deleted, name="deleted_organizations"),
    path("move", organization_views.move, name="move_sites"),
    path("<int:organization_id>/", list_views.organization, name="organization"),
    path("<int:organization_id>/rename", organization_views.rename, name="rename_organization"),
    path("<int:organization_id>/delete", organization_views.delete, name="delete_organization"),
    path("<int:organization_id>/restore", organization_views.restore, name="restore_organization"),
]
