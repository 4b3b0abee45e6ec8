"""Which paths belong to the API. Everything else is a page."""

from typing import Final

API_PREFIXES: Final = (
    "/api/",
    "/myra-auto-app-api/",
    "/captcha-stats-user",
    "/v1/",
    "/sites/",
    "/site/",
    "/api-keys/",
    "/users/",
    "/access-control/",
    "/gettrafficdata/",
    "/getlivesessions/",
    "/audit/",
    "/orgs/",
    "/org/",
    "/properties/",
    "/asynctask/",
    "/createTask/",
    "/getTaskResult/",
    "/reportIncorrectImageCaptcha/",
    "/getBalance/",
    "/balance/",
    "/solve/",
    "/challenge/",
    "/verify/",
    "/siteverify/",
    "/widget.js/",
)


def is_api_path(path: str) -> bool:
    """Whether answers on this path are JSON, whatever goes wrong, and cookies mean nothing."""
    return path.startswith(API_PREFIXES) or f"{path}/" in API_PREFIXES
