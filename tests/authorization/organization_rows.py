"""The rows of the pages of organizations. Owners and admins change them; members put their own sites in."""

from tests.authorization.rows import CREATORS, EVERYBODY, INSIDERS, NO_ADMIN, Row

_CHANGES = "owner admin"
_IN_OWN_ACCOUNT = "owner admin outsider"
_STRANGER = "outsider"

ORGANIZATION_PAGES: dict[str, Row] = {
    "organizations GET": Row(EVERYBODY),
    "organization GET": Row(INSIDERS, hidden=_STRANGER),
    "new_organization GET": Row(_IN_OWN_ACCOUNT, NO_ADMIN, missing="createOrganization"),
    "new_organization POST": Row(
        _IN_OWN_ACCOUNT,
        NO_ADMIN,
        missing="createOrganization",
        success=302,
        events=("organization.created",),
        body={"name": "Newly made"},
    ),
    "rename_organization GET": Row(_CHANGES, NO_ADMIN, _STRANGER, missing="updateOrganization"),
    "rename_organization POST": Row(
        _CHANGES,
        NO_ADMIN,
        _STRANGER,
        missing="updateOrganization",
        success=302,
        events=("organization.renamed",),
        body={"name": "Renamed"},
    ),
    "delete_organization GET": Row(_CHANGES, NO_ADMIN, _STRANGER, missing="deleteOrganization"),
    "delete_organization POST": Row(
        _CHANGES,
        NO_ADMIN,
        _STRANGER,
        missing="deleteOrganization",
        success=302,
        events=("site.deleted", "organization.deleted"),
        body={"typed_name": "Web"},
    ),
    "deleted_organizations GET": Row(_IN_OWN_ACCOUNT, NO_ADMIN, missing="deleteOrganization"),
    "restore_organization POST": Row(
        _CHANGES,
        NO_ADMIN,
        _STRANGER,
        missing="deleteOrganization",
        success=302,
        events=("organization.restored",),
    ),
    "move_sites GET": Row(CREATORS, "viewer auditor", missing="updateSite", success=302),
    "move_sites POST": Row(
        _CHANGES,
        "writer reader viewer auditor",
        "bystander outsider",
        missing="updateSite",
        success=302,
        events=("site.moved",),
        body={"sites": "@site_key", "organization": "@organization_id"},
    ),
}
