"""From the address of a form's view to the page that the form stands on."""

import contextlib
from collections.abc import Mapping

from django.urls import NoReverseMatch, reverse


def next_page_url(name: str, arguments: Mapping[str, object]) -> str:
    """The address of that name, with as many of a view's arguments as it takes.

    Args:
        name: of a URL, such as `site_people`.
        arguments: of the view, the ones that the page also takes first: `{"site_key": …, "share_id": 3}`.

    Raises:
        NoReverseMatch: when it takes something else.
    """
    taken = list(arguments)
    while taken:
        with contextlib.suppress(NoReverseMatch):
            return reverse(name, kwargs={key: arguments[key] for key in taken})
        taken.pop()
    return reverse(name)
