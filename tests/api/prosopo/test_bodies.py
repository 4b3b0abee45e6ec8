"""A body is JSON whatever its content type says, or a form; some fields mean nothing, unknown ones are refused."""

import json
from urllib.parse import urlencode

import pytest
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from apps.sites.models import Site
from tests.api.prosopo.conftest import CREATE, INVITE, REMOVE, SITE_GET, SITES_GET, UPDATE, new_site, put, refused

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json; charset=utf-8", "text/plain", "application/vnd.x", "json", "", FORM],
)
def test_json_is_read_whatever_it_is_called(api, content_type):
    answer = api.client.generic("POST", CREATE, json.dumps(new_site()), content_type)

    assert answer.status_code == 200, answer.text
    assert answer.json()["settings"]["domains"] == ["web.example"]


def test_a_form_is_read_with_json_where_a_field_is_more_than_a_text(api):
    settings = json.dumps({"domains": ["web.example", "*.b.example"], "powDifficulty": 5})

    answer = api.client.generic("POST", CREATE, urlencode({"name": "Web-1", "settings": settings}), FORM)

    assert answer.json()["settings"] == {
        "domains": ["web.example", "*.b.example"],
        "captchaType": "pow",
        "powDifficulty": 5,
    }


def test_a_multipart_form_is_read_too(api, shop):
    body = encode_multipart(BOUNDARY, {"siteKey": shop.site_key, "name": "Renamed"})

    assert api.client.generic("POST", UPDATE, body, MULTIPART_CONTENT).json()["name"] == "Renamed"


def test_a_form_says_what_is_wrong_with_a_field_that_should_be_json(api):
    answer = api.client.generic("POST", CREATE, urlencode({"name": "Web-1", "settings": "a.example"}), FORM)

    assert "settings" in refused(answer, 400, "API.INVALID_BODY")
    assert Site.objects.count() == 0


def test_a_form_that_gives_a_field_twice_or_breaks_off_is_refused(api):
    refused(api.client.generic("POST", SITE_GET, "siteKey=a&siteKey=b", FORM), 400, "API.INVALID_BODY")
    refused(api.client.generic("POST", SITE_GET, "siteKey=%00", FORM), 400, "API.INVALID_BODY")
    broken = api.client.generic("POST", SITE_GET, "--x\r\nContent", "multipart/form-data; boundary=")
    refused(broken, 400, "API.PARSE_ERROR")


@pytest.mark.parametrize("body", [b"", b" ", b"{}"])
@pytest.mark.parametrize("content_type", ["application/json", "", FORM])
def test_listing_needs_no_body(api, shop, body, content_type):
    answer = api.client.generic("POST", SITES_GET, body, content_type)

    assert [site["name"] for site in answer.json()["sites"]] == ["Shop"]


def test_an_account_and_a_token_mean_nothing_wherever_they_stand(api, shop, dave):
    ignored = {"accountId": str(dave.account.pk), "token": "nct_of_somebody_else"}
    by_key = {"siteKey": shop.site_key}
    answers = [
        api.get(SITES_GET, **ignored),
        api.get(SITE_GET, **by_key, **ignored),
        api.get("/users/get", **ignored),
        api.post(SITES_GET, ignored),
        api.post(SITE_GET, by_key | ignored),
        api.post(CREATE, new_site() | ignored),
        api.post(UPDATE, by_key | {"name": "Renamed"} | ignored),
        api.post(INVITE, {"email": "new@x.example", "name": "New", "role": "viewer"} | ignored),
        put(api, "/users/update", {"email": "new@x.example", "role": "admin"} | ignored),
        api.post(REMOVE, {"email": "new@x.example"} | ignored),
        api.post("/sites/delete", by_key | ignored),
        api.post(SITES_GET, {"accountId": None, "token": {"any": ["thing"]}}),
    ]

    assert [answer.status_code for answer in answers] == [200] * len(answers)
    assert not Site.objects.filter(account=dave.account).exists()


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        (SITES_GET, {"page": 1}, "page"),
        (SITE_GET, {"siteKey": "x", "verbose": True}, "verbose"),
        (CREATE, new_site() | {"sitekey": "x"}, "sitekey"),
        (CREATE, new_site(frictionlessThreshold=0.5), "settings.frictionlessThreshold"),
        (CREATE, new_site(imageThreshold=0.8), "settings.imageThreshold"),
        (UPDATE, {"siteKey": "x", "active": True}, "active"),
        (UPDATE, {"siteKey": "x", "settings": {"contextAware": {}}}, "settings.contextAware"),
        (INVITE, {"email": "a@x.example", "name": "A", "role": "viewer", "isAdmin": True}, "isAdmin"),
        (REMOVE, {"email": "a@x.example", "force": True}, "force"),
    ],
)
def test_an_unknown_field_is_refused_by_name(api, path, body, named):
    message = refused(api.post(path, body), 400, "API.INVALID_BODY")

    assert message == f"{named} is not a field of this endpoint."


def test_an_unknown_parameter_is_refused_by_name(api):
    assert "page is not a field" in refused(api.get(SITES_GET, page=1), 400, "API.INVALID_BODY")
