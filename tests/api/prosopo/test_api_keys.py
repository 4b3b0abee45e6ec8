"""Keys that manage keys: list, create, narrow, delete."""

from datetime import datetime, timedelta

import pytest

from apps.api_keys.models import ApiKey
from apps.audit import clock
from apps.audit.models import AuditEvent
from apps.sites.operations import create_site
from tests.people import Api

WHOAMI = "/api/v1/whoami"
MANAGES = ("getApiKeys", "createApiKey", "updateApiKey", "deleteApiKey", "getSites", "getSite", "verify")


@pytest.fixture
def api(alice, make_key):
    return Api(make_key(alice, *MANAGES, name="Manager"))


def create(api, **fields):
    return api.post("/api-keys/create", {"name": "CI", "permissions": ["getSites"]} | fields)


def problem(answer):
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["key"]


def test_a_key_is_created_with_its_token_in_this_answer_only(api):
    answer = create(api, permissions={"Sites": ["getSites"]}, expiresIn=3600)

    made = answer.json()
    assert answer.status_code == 200
    assert Api(made["apiKey"]).get(WHOAMI).json()["permissions"] == ["getSites"]
    listed = api.post("/api-keys/get", {}).json()["apiKeys"]
    assert [key["name"] for key in listed] == ["CI", "Manager"]
    assert listed[0] == {name: value for name, value in made.items() if name != "apiKey"} | {
        "lastUsed": listed[0]["lastUsed"]
    }
    assert made["apiKey"] not in str(listed)
    assert (listed[0]["permissions"], listed[0]["lastFour"]) == ({"Sites": ["getSites"]}, made["apiKey"][-4:])


def test_a_flat_list_of_permissions_is_taken_too(api):
    assert create(api, permissions=["verify", "getSites"]).json()["permissions"] == {
        "Sites": ["getSites"],
        "Verify": ["verify"],
    }


@pytest.mark.parametrize("expires_in", [{}, {"expiresIn": None}, {"expiresIn": 0}])
def test_without_seconds_a_key_never_ends(api, expires_in):
    assert create(api, **expires_in).json()["expires"] is None


def seconds_from_now(answer):
    """How far away the end of a created key lies."""
    return (datetime.fromisoformat(answer.json()["expires"]) - clock.now()).total_seconds()


def test_seconds_count_from_now(api):
    assert 85 < seconds_from_now(create(api, expiresIn=90)) <= 90


def test_the_list_answers_get_as_well(api):
    assert api.get("/api-keys/get").json() == api.post("/api-keys/get", {}).json()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"permissions": []}, "Choose at least one permission"),
        ({"permissions": {}}, "Choose at least one permission"),
        ({"permissions": {"Sites": []}}, "Choose at least one permission"),
        ({"permissions": ["flyToTheMoon"]}, "flyToTheMoon"),
        ({"permissions": {"Moon": ["getSites"]}}, "Moon"),
        ({"permissions": {"Verify": ["getSites"]}}, "belongs to the group Sites"),
        ({"permissions": "getSites"}, "permissions"),
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "121"),
        ({"expiresIn": -1}, "expiresIn"),
        ({"expiresIn": 10**12}, "expiresIn"),
        ({"expiresIn": "soon"}, "expiresIn"),
        ({"networks": ["here"]}, "“here” is no network"),
        ({"networks": ["192.0.2.1/24"]}, "Did you mean 192.0.2.0/24"),
        ({"siteKeys": []}, "at least one site"),
        ({"siteKeys": ["sk_live_nothing"]}, "no site with this key"),
        ({"owner": "dave"}, "owner"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_is_made(api, body, says):
    answer = create(api, **body)

    assert problem(answer) == (400, 400, "API.INVALID_BODY")
    assert says in answer.json()["error"]["message"]
    assert ApiKey.objects.count() == 1


def test_a_key_can_be_limited_to_sites_and_networks(api, alice, shop):
    other = create_site(alice.actor, name="Other", allowed_origins=["https://other.example"]).site
    made = create(api, siteKeys=[shop.site_key], networks=["127.0.0.0/8"], permissions=["getSites", "getSite"]).json()

    limited = Api(made["apiKey"])
    assert (made["siteKeys"], made["networks"]) == ([shop.site_key], ["127.0.0.0/8"])
    assert [site["siteKey"] for site in limited.post("/sites/get", {}).json()["sites"]] == [shop.site_key]
    assert limited.post("/site/get", {"siteKey": other.site_key}).status_code == 404


def test_a_key_is_renamed_and_narrowed(api, shop):
    made = create(api, permissions=["getSites", "verify"]).json()
    change = {
        "apiKeyId": made["apiKeyId"],
        "name": "Smaller",
        "permissions": {"Verify": ["verify"]},
        "expiresIn": 3600,
        "siteKeys": [shop.site_key],
        "networks": ["127.0.0.1"],
    }

    answer = api.post("/api-keys/update", change).json()

    assert (answer["name"], answer["permissions"]) == ("Smaller", {"Verify": ["verify"]})
    assert (answer["siteKeys"], answer["networks"]) == ([shop.site_key], ["127.0.0.1/32"])
    assert Api(made["apiKey"]).get(WHOAMI).json()["permissions"] == ["verify"]
    event = AuditEvent.objects.filter(action="key.updated").get()
    assert set(event.changes) == {"name", "permissions", "expires_at", "sites", "networks"}


def test_a_change_that_changes_nothing_records_nothing(api):
    made = create(api).json()
    answer = api.post("/api-keys/update", {"apiKeyId": made["apiKeyId"], "name": "CI", "expiresIn": 0})

    assert answer.status_code == 200
    assert not AuditEvent.objects.filter(action="key.updated").exists()


def test_deleting_ends_the_key_at_once(api):
    made = create(api).json()

    answer = api.post("/api-keys/delete", {"apiKeyId": made["apiKeyId"]})

    assert answer.json() == {"success": True, "deletedApiKeyId": made["apiKeyId"]}
    assert Api(made["apiKey"]).get(WHOAMI).status_code == 401
    assert problem(api.post("/api-keys/delete", {"apiKeyId": made["apiKeyId"]})) == (
        404,
        404,
        "PORTAL.API_KEY_NOT_FOUND",
    )


@pytest.mark.parametrize("path", ["/api-keys/update", "/api-keys/delete"])
@pytest.mark.parametrize("key_id", ["", "nonsense", "0" * 32, "11111111-1111-1111-1111-111111111111"])
def test_a_key_that_is_not_there_is_a_404(api, path, key_id):
    assert problem(api.post(path, {"apiKeyId": key_id})) == (404, 404, "PORTAL.API_KEY_NOT_FOUND")


def test_somebody_elses_key_is_answered_like_a_missing_one(api, dave, make_key):
    make_key(dave, name="Daves")
    foreign = ApiKey.objects.get(name="Daves")
    said = [
        api.post("/api-keys/delete", {"apiKeyId": str(key_id)}).json()["error"]
        for key_id in (foreign.pk, "11111111-1111-1111-1111-111111111111")
    ]

    assert said[0] == said[1]
    assert ApiKey.objects.get(pk=foreign.pk).deleted_at is None


def test_a_members_key_knows_only_of_their_own(carol, alice, make_key):
    make_key(alice, name="Alices")
    api = Api(make_key(carol, "getApiKeys", name="Carols"))

    assert [key["name"] for key in api.post("/api-keys/get", {}).json()["apiKeys"]] == ["Carols"]


def test_the_list_takes_as_many_queries_for_many_keys_as_for_few(
    api, alice, shop, make_key, django_assert_max_num_queries
):
    for number in range(30):
        create(api, name=f"Key {number}", siteKeys=[shop.site_key])
    with django_assert_max_num_queries(5):
        assert len(api.post("/api-keys/get", {}).json()["apiKeys"]) == 31


def test_a_key_that_does_not_work_says_so_in_the_list(api):
    made = create(api, expiresIn=60).json()
    ApiKey.objects.filter(pk=made["apiKeyId"]).update(expires_at=clock.now() - timedelta(seconds=1))

    states = {key["name"]: key["active"] for key in api.post("/api-keys/get", {}).json()["apiKeys"]}
    assert states == {"CI": False, "Manager": True}


def test_an_account_that_caps_the_life_of_keys_gives_one_that_asks_for_none_the_longest(api, alice):
    alice.account.longest_key_days = 30
    alice.account.save()
    assert 30 * 86400 - 5 < seconds_from_now(create(api)) <= 30 * 86400
    assert problem(create(api, expiresIn=40 * 86400))[0] == 400
