"""Sites as a file that the import takes back."""

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from apps.accounts.page import PageRequest, page
from apps.listing.csv_lines import csv_lines
from apps.sites.list_filter import SiteFilter
from apps.sites.operations import list_sites
from apps.sites.organization_forms import organizations_of
from apps.tasks.bulk_columns import EXPORTED, cells_of
from apps.tasks.bulk_page import csv_download

_AT_ONCE = 1000


@page
@require_safe
def export_sites(request: PageRequest) -> StreamingHttpResponse:
    """The sites that the reader sees, as the list is filtered, the oldest first."""
    asked = SiteFilter.of(request.GET, organizations_of(request.actor))
    found = asked.narrow(list_sites(request.actor))
    sites = found.select_related("organization").order_by("pk").iterator(chunk_size=_AT_ONCE)
    return csv_download(csv_lines(EXPORTED, map(cells_of, sites)), "sites.csv")
