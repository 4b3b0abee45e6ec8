"""The catalogue holds what Prosopo's page "API keys" lists, word for word, and this product's own besides."""

import pytest

from apps.permissions import catalogue
from apps.permissions.catalogue import CATALOGUE, GROUPS, PRESETS, Permission, Preset

PROSOPO = {
    "Access Rules": {
        "getRules": "List access control rules",
        "getSuggestion": "Get a single rule suggestion",
        "getSuggestions": "List rule suggestions",
        "applySuggestions": "Apply suggested rules",
        "createRule": "Create a new access control rule",
        "deleteRule": "Delete an access control rule",
        "deleteRuleGroup": "Delete an access control rule group",
    },
    "Sites": {
        "getSite": "Get a single site's details",
        "getSites": "List all sites",
        "createSite": "Create a new site",
        "deleteSite": "Delete a site",
        "updateSite": "Update site settings",
    },
    "API Keys": {
        "getApiKeys": "List API keys",
        "createApiKey": "Create a new API key",
        "updateApiKey": "Update an existing API key",
        "deleteApiKey": "Delete an API key",
    },
    "Users": {
        "getUsers": "List team members",
        "createUser": "Invite a new team member",
        "updateUser": "Update a team member's role",
        "deleteUser": "Remove a team member",
    },
    "Traffic": {"getTraffic": "Query traffic analytics data"},
    "Verify": {"verify": "Verify CAPTCHA solutions"},
    "Search Captcha Records": {"searchCaptchaRecords": "Search and retrieve CAPTCHA audit records"},
}
OWN = {
    "Site Secrets": {"getSecrets", "createSecret", "rotateSecret", "deleteSecret"},
    "Sharing": {"getPermissions", "grantPermission", "updatePermission", "removePermission"},
    "Organizations": {"getOrganizations", "createOrganization", "updateOrganization", "deleteOrganization"},
    "Tasks": {"getTask", "createTask"},
    "Credits": {"getBalance", "grantCredits"},
    "Audit Log": {"getAuditEvents", "exportAuditEvents"},
    "Account": {"updateAccount"},
}


def by_label() -> dict[str, dict[str, str]]:
    return {group.label: {entry.name: entry.description for entry in group.permissions} for group in GROUPS}


def test_the_23_permissions_of_the_page_stand_first_in_its_groups_order_and_words() -> None:
    assert sum(map(len, PROSOPO.values())) == 23
    first = list(by_label().items())[: len(PROSOPO)]
    assert [(label, list(entries.items())) for label, entries in first] == [
        (label, list(entries.items())) for label, entries in PROSOPO.items()
    ]


def test_the_products_own_permissions_follow_in_groups_of_their_own() -> None:
    own = list(by_label().items())[len(PROSOPO) :]
    assert {label: set(entries) for label, entries in own} == OWN


def test_every_permission_belongs_to_a_group_and_no_group_is_empty() -> None:
    assert {entry.group for entry in CATALOGUE.values()} == {group.name for group in GROUPS}


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_what_changes_something_is_marked_as_writing(entry: Permission) -> None:
    reads = entry.name.startswith(("get", "search", "verify", "export"))
    assert entry.writes is not reads


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_a_permission_implies_only_reading_ones_of_the_catalogue(entry: Permission) -> None:
    assert all(not CATALOGUE[name].writes for name in entry.implies)
    assert entry.name not in entry.implies


@pytest.mark.parametrize("name", ["createApiKey", "createUser", "createSite", "rotateSecret", "deleteSite"])
def test_a_permission_that_reaches_further_than_its_name_says_so(name: str) -> None:
    assert CATALOGUE[name].warning


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_a_preset_is_a_choice_from_the_catalogue_without_duplicates(preset: Preset) -> None:
    assert set(preset.permissions) <= catalogue.ALL
    assert len(set(preset.permissions)) == len(preset.permissions)


def test_the_presets_go_from_nothing_to_everything() -> None:
    assert len({preset.name for preset in PRESETS}) == len({preset.label for preset in PRESETS}) == len(PRESETS)
    assert PRESETS[0].permissions == ()
    assert set(PRESETS[-1].permissions) == catalogue.ALL


def test_the_reading_preset_changes_nothing() -> None:
    reading = next(preset for preset in PRESETS if preset.name == "read-only")
    assert set(reading.permissions) <= catalogue.READING


def test_unknown_names_are_told_and_known_ones_are_put_in_order() -> None:
    assert catalogue.unknown(["getSite", "getsite", "", "verify"]) == ["getsite", ""]
    assert catalogue.in_order(["verify", "getSites", "nothing", "verify", "getRules"]) == [
        "getRules",
        "getSites",
        "verify",
    ]
