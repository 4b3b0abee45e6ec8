"""The pages about many sites at once."""

from django.urls import path

from apps.tasks import bulk_change_views, bulk_export_views, bulk_import_views

urlpatterns = [
    path("import", bulk_import_views.import_sites, name="import_sites"),
    path("import/template.csv", bulk_import_views.import_template, name="import_template"),
    path("import/<uuid:import_id>", bulk_import_views.import_check, name="import_check"),
    path("import/<uuid:import_id>/start", bulk_import_views.import_start, name="import_start"),
    path("export.csv", bulk_export_views.export_sites, name="export_sites"),
    path("change", bulk_change_views.change_sites, name="change_sites"),
]
