"""The rows of the pages of credits. The balance is the whole account's; granting is its owners'."""

from tests.authorization.rows import NO_ADMIN, Row

_KNOWS_BALANCE = "owner admin writer reader bystander viewer outsider"

CREDIT_PAGES: dict[str, Row] = {
    "credits GET": Row(_KNOWS_BALANCE, "auditor", missing="getBalance"),
    "credits_csv GET": Row(_KNOWS_BALANCE, "auditor", missing="getBalance"),
    "grant_credits GET": Row(
        "owner outsider", f"admin {NO_ADMIN}", missing="grantCredits", otherwise="Only an owner may"
    ),
    "grant_credits POST": Row(
        "owner outsider",
        f"admin {NO_ADMIN}",
        missing="grantCredits",
        otherwise="Only an owner may",
        success=302,
        events=("credits.granted",),
        body={"amount": "5", "reason": "Budget", "expires": "never"},
    ),
}
