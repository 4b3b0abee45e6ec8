"""The rows of the pages about many sites at once. The file that was tried out is the owner's."""

from tests.authorization.rows import CREATORS, EVERYBODY, Row

_OTHERS = "admin writer reader bystander outsider"

BULK: dict[str, Row] = {
    "import_sites GET": Row(CREATORS, "viewer auditor", missing="createSite"),
    "import_sites POST": Row(
        CREATORS,
        "viewer auditor",
        missing="createSite",
        success=302,
        body={"text": "name,domain\nNew,new.example"},
    ),
    "import_template GET": Row(CREATORS, "viewer auditor", missing="createSite"),
    "import_check GET": Row("owner", "viewer auditor", _OTHERS, missing="createSite"),
    "import_start POST": Row(
        "owner",
        hidden=f"viewer auditor {_OTHERS}",
        success=302,
        events=("task.started",),
        body={"count": "1"},
    ),
    "export_sites GET": Row(EVERYBODY),
    # Of sites that the reader may not know of, the question is about none, and leads back to the list.
    "change_sites GET": Row(CREATORS, "viewer auditor", missing="updateSite", success=302),
    "change_sites POST": Row(
        "owner admin writer",
        "reader viewer auditor",
        "bystander outsider",
        missing="updateSite",
        success=302,
        events=("task.started",),
        body={"sites": "@site_key", "setting": "growth", "value": "fast"},
    ),
}
