"""Signing in through the real form."""

from typing import Any

import pytest
from django.test import Client

from tests.people import PASSWORD

LOGIN = "/accounts/login/"
LOGOUT = "/accounts/logout/"
RESET = "/accounts/password/reset/"
SIGNUP = "/accounts/signup/"


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    """Send the sign-in form."""
    return client.post(LOGIN, {"login": email, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    """Whether the overview shows itself to this browser."""
    return client.get("/").status_code == 200


@pytest.fixture
def browser() -> Client:
    """A browser in which nobody is signed in."""
    return Client()
