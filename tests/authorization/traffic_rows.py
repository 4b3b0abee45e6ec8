"""The rows of the pages of traffic and records. Auditors read neither: they are about visitors, not people here."""

from tests.authorization.rows import CREATORS, STRANGERS, Row

_READERS = "owner admin writer reader viewer"
_IN_OWN_ACCOUNT = f"{CREATORS} viewer"  # the outsider in their own account

TRAFFIC_PAGES: dict[str, Row] = {
    "traffic GET": Row(_IN_OWN_ACCOUNT, "auditor", missing="getTraffic"),
    "site_traffic GET": Row(_READERS, "auditor", STRANGERS, missing="getTraffic"),
    "records GET": Row(_IN_OWN_ACCOUNT, "auditor", missing="searchCaptchaRecords"),
    "records_csv GET": Row(_IN_OWN_ACCOUNT, "auditor", missing="searchCaptchaRecords"),
    "record GET": Row(_READERS, "auditor", STRANGERS, missing="searchCaptchaRecords"),
}
