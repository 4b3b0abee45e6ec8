"""The install tab of a site, and what is tried on it."""

from django.urls import path

from apps.protection import install_views

urlpatterns = [
    path("<str:site_key>/install", install_views.install, name="site_install"),
    path("<str:site_key>/install/try", install_views.try_solution, name="site_install_try"),
    path("<str:site_key>/install/first", install_views.first_solution, name="site_first_solution"),
]
