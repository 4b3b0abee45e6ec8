"""GET and PATCH /api/v1/sites/{siteKey}: this product's own endpoints, in the house style of the others."""

import pytest

from apps.audit.models import AuditEvent
from tests.api.conftest import SITES
from tests.people import Api

FIELDS = {
    "siteKey": str,
    "name": str,
    "allowedOrigins": list,
    "isActive": bool,
    "createdAt": str,
    "updatedAt": str,
}


@pytest.fixture
def path(shop) -> str:
    return f"{SITES}/{shop.site_key}"


def test_a_site_is_shown_with_exactly_these_fields_and_no_secret(api, path, shop):
    answer = api.get(path)

    assert answer.status_code == 200
    assert {name: type(value) for name, value in answer.json().items()} == FIELDS
    assert (answer.json()["siteKey"], answer.json()["name"]) == (shop.site_key, "Shop")
    assert "ss_live_" not in answer.text


def test_a_change_answers_with_the_site_as_it_is_now(api, path):
    answer = api.patch(path, {"name": "Shop 2", "allowedOrigins": ["https://b.example", "https://a.example"]})

    assert answer.status_code == 200
    assert {name: type(value) for name, value in answer.json().items()} == FIELDS
    assert answer.json()["name"] == "Shop 2"
    assert answer.json()["allowedOrigins"] == ["https://b.example", "https://a.example"]
    assert answer.json() == api.get(path).json()


@pytest.mark.parametrize(
    ("body", "kept"),
    [({"name": "New"}, "allowedOrigins"), ({"allowedOrigins": ["https://new.example"]}, "name")],
)
def test_a_field_that_is_left_out_keeps_its_value(api, path, body, kept):
    before = api.get(path).json()

    after = api.patch(path, body).json()

    assert after[kept] == before[kept]
    assert {name: after[name] for name in body} == body


def test_a_change_is_in_the_log_with_before_and_after(api, path):
    answer = api.patch(path, {"name": "Shop 2"})

    event = AuditEvent.objects.get(action="site.updated")
    assert event.changes == {"name": ["Shop", "Shop 2"]}
    assert event.request_id == answer["X-Request-ID"]


@pytest.mark.parametrize(
    "body",
    [{}, {"name": "Shop"}, {"name": "  Shop "}, {"allowedOrigins": ["HTTPS://SHOP.example:443/"]}, {"isActive": True}],
)
def test_a_request_that_changes_nothing_writes_nothing(api, path, body, shop):
    answer = api.patch(path, body)

    assert answer.status_code == 200
    assert answer.json()["name"] == "Shop"
    assert not AuditEvent.objects.filter(request_id=answer["X-Request-ID"]).exists()
    before = shop.updated_at
    shop.refresh_from_db()
    assert shop.updated_at == before


@pytest.mark.parametrize("unknown", ["site_key", "siteKey", "allowed_origins", "is_active", "Name", "secret"])
def test_an_unknown_field_is_refused_by_name_so_that_a_slip_is_not_a_success(api, path, unknown, shop):
    answer = api.patch(path, {"name": "Changed", unknown: "x"})

    assert answer.status_code == 400
    assert answer.json() == {"error": f"{unknown} is not a field of this endpoint."}
    shop.refresh_from_db()
    assert shop.name == "Shop"


@pytest.mark.parametrize("field", ["name", "allowedOrigins", "isActive"])
def test_null_is_refused_and_does_not_mean_leave_it(api, path, field):
    answer = api.patch(path, {field: None})

    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"{field}: ")
    assert "null" in answer.json()["error"]


@pytest.mark.parametrize("value", ["false", "true", 0, 1, "", []])
def test_is_active_is_true_or_false_and_nothing_like_it(api, path, value, shop):
    answer = api.patch(path, {"isActive": value})

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("isActive")
    shop.refresh_from_db()
    assert shop.is_active


@pytest.mark.parametrize(
    "body",
    [
        {"name": "Changed", "allowedOrigins": ["*"]},
        {"name": "", "allowedOrigins": ["https://changed.example"]},
        {"name": "Changed", "isActive": False, "allowedOrigins": []},
    ],
)
def test_a_change_happens_whole_or_not_at_all(api, path, body, shop):
    answer = api.patch(path, body)

    assert answer.status_code == 400
    before = shop.__dict__.copy()
    shop.refresh_from_db()
    assert (shop.name, shop.allowed_origins, shop.is_active) == (
        before["name"],
        before["allowed_origins"],
        before["is_active"],
    )
    assert not AuditEvent.objects.filter(request_id=answer["X-Request-ID"]).exists()


def test_is_active_stops_and_starts_a_site(api, path):
    assert api.patch(path, {"isActive": False}).json()["isActive"] is False
    assert api.patch(path, {"isActive": True}).json()["isActive"] is True

    actions = AuditEvent.objects.order_by("sequence").values_list("action", flat=True)
    assert list(actions)[-2:] == ["site.deactivated", "site.reactivated"]


def test_deactivating_by_a_change_needs_the_permission_to_delete_too(alice, make_key, path, shop):
    answer = Api(make_key(alice, "updateSite", "getSite")).patch(path, {"name": "Changed", "isActive": False})

    assert answer.status_code == 403
    assert answer["X-Accepted-Permissions"] == "deleteSite"
    shop.refresh_from_db()
    assert (shop.name, shop.is_active) == ("Shop", True)


def test_reactivating_needs_only_the_permission_to_update(alice, make_key, api, path):
    api.delete(path)

    answer = Api(make_key(alice, "updateSite")).patch(path, {"isActive": True})

    assert answer.json()["isActive"] is True


def test_a_key_of_somebody_who_may_only_read_the_site_changes_nothing(bob, make_key, path, shop):
    answer = Api(make_key(bob)).patch(path, {"name": "Changed"})

    assert answer.status_code == 403
    assert answer["X-Accepted-Permissions"] == "updateSite"
    shop.refresh_from_db()
    assert shop.name == "Shop"


def test_a_key_of_somebody_who_may_write_the_site_changes_settings_and_not_its_state(carol, make_key, path):
    api = Api(make_key(carol))

    assert api.patch(path, {"name": "Carol's name"}).json()["name"] == "Carol's name"
    assert api.patch(path, {"isActive": False}).status_code == 403
    assert api.delete(path).status_code == 403
    assert api.post(f"{path}/rotate-secret").status_code == 403


@pytest.mark.parametrize(("method", "suffix"), [("get", ""), ("patch", ""), ("delete", ""), ("post", "/rotate-secret")])
def test_a_strangers_site_answers_as_one_that_does_not_exist(dave, make_key, path, method, suffix):
    stranger = Api(make_key(dave))
    missing = f"{SITES}/sk_live_{'0' * 22}"

    def answer_of(address):
        if method in {"patch", "post"}:
            return getattr(stranger, method)(address + suffix, {"name": "x"})
        return getattr(stranger, method)(address + suffix)

    foreign, unknown = answer_of(path), answer_of(missing)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.content == unknown.content
    assert foreign.json() == {
        "error": "There is no site with this key here. Check the key, and that it belongs to this account."
    }
