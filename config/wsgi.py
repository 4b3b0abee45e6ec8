"""The WSGI application that the web server loads."""

import os
from typing import Any, Final

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

from config.postgresql import silence

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

UNREADABLE: Final = "application/x-unreadable"


class Request(WSGIRequest):
    """A request whose address and forms are in UTF-8, whatever its Content-Type says.

    Django takes the charset from there, and any codec that Python has: some fail (`hex`, `idna`), some make
    halves of surrogate pairs (`utf-7`), which no database stores. It does so before any middleware runs, so
    that a failure is an empty 500. `AddressMiddleware` refuses forms in another encoding.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):
            self.content_type, self.content_params = UNREADABLE, {}


class Handler(WSGIHandler):
    """Django's, with these requests."""

    request_class = Request


django.setup(set_prefix=False)
silence.watch.is_heeded = True
application = Handler()
