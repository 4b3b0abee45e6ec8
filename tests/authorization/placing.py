"""Where each contract takes a key."""

from django.test import Client

Fields = dict[str, str]


def placing_its_key(client: Client, name: str) -> tuple[Client, Fields, Fields]:
    """The client with its key where the endpoint takes it, and what of it goes into the body and the query."""
    scheme, _, token = str(client.defaults.get("HTTP_AUTHORIZATION", "")).partition(" ")
    place = "X-API-Key" if name.startswith("privatecaptcha ") else ""
    if name.startswith("nocaptchaai "):
        place = {"nocaptchaai /solve": "apikey", "nocaptchaai /balance": "apiKey"}.get(name, "clientKey")
    if not place or scheme != "Bearer":
        return client, {}, {}
    if place == "clientKey":
        return Client(), {place: token}, {}
    if place == "apiKey":
        return Client(), {}, {place: token}
    return Client(headers={place: token}), {}, {}
