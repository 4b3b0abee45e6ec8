"""The pages about traffic and records."""

from django.urls import path

from apps.protection import record_views, traffic_views

urlpatterns = [
    path("traffic/", traffic_views.account_traffic, name="traffic"),
    path("sitekeys/<str:site_key>/traffic", traffic_views.site_traffic, name="site_traffic"),
    path("records/", record_views.records, name="records"),
    path("records/export.csv", record_views.records_csv, name="records_csv"),
    path("records/<uuid:record_id>", record_views.record, name="record"),
]
