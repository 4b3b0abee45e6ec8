"""The script that pages embed, for any origin."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from apps.accounts.page import public_to_read
from apps.protection.widget import bundle

FRESH_SECONDS: Final = 3600
STALE_SECONDS: Final = 86_400


@public_to_read
def widget(request: HttpRequest) -> HttpResponse:
    """`/widget.js`: the same address for ever, so it is asked again after an hour, and costs a 304 then."""
    made = bundle()
    takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    etag = f'"{made.etag}{"-gz" if takes_gzip else ""}"'
    response = HttpResponse(made.zipped if takes_gzip else made.plain, content_type="text/javascript; charset=utf-8")
    if takes_gzip:
        response["Content-Encoding"] = "gzip"
    answer = get_conditional_response(request, etag, None, response) or response
    answer["ETag"] = etag
    answer["Vary"] = "Accept-Encoding"
    answer["Cache-Control"] = f"public, max-age={FRESH_SECONDS}, stale-while-revalidate={STALE_SECONDS}"
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
