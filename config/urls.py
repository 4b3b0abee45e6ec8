"""Every address. Dashboard pages keep out of the paths that the contracts own (`/sites/`, `/users/`, `/audit/` …)."""

from django.urls import include, path

from apps.accounts.team_views import accept, switch_account
from apps.accounts.views import set_up
from apps.dashboard.health import livez, readyz
from apps.dashboard.overview import overview
from apps.dashboard.reference import api_reference
from apps.dashboard.shell import theme
from apps.dashboard.site_overview import site_overview
from apps.dashboard.styleguide import styleguide
from apps.ocr.views import read_text
from apps.protection.widget_views import widget

urlpatterns = [
    path("", overview, name="overview"),
    path("", include("apps.api.urls")),
    path("widget.js", widget, name="widget"),
    path("", include("apps.protection.page_urls")),
    path("sitekeys/<str:site_key>/", site_overview, name="site"),
    path("sitekeys/", include("apps.sites.urls")),
    path("sitekeys/", include("apps.protection.install_urls")),
    path("organizations/", include("apps.sites.organization_urls")),
    path("bulk/", include("apps.tasks.bulk_urls")),
    path("rules/", include("apps.protection.rule_urls")),
    path("keys/", include("apps.api_keys.urls")),
    path("team/", include("apps.accounts.urls")),
    path("switch", switch_account, name="switch_account"),
    path("invitations/<str:token>", accept, name="accept_invitation"),
    path("tasks/", include("apps.tasks.urls")),
    path("credits/", include("apps.credits.urls")),
    path("read-text/", read_text, name="read_text"),
    path("log/", include("apps.audit.urls")),
    path("reference/", api_reference, name="api_reference"),
    path("accounts/", include("apps.accounts.security_urls")),
    path("setup/<str:token>", set_up, name="set_up"),
    path("theme", theme, name="theme"),
    path("styleguide/", styleguide, name="styleguide"),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
]

handler400 = "apps.dashboard.errors.bad_request"
handler403 = "apps.dashboard.errors.forbidden"
handler404 = "apps.dashboard.errors.page_not_found"
handler500 = "apps.dashboard.errors.server_error"
