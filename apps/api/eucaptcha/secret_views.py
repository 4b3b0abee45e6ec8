"""Additional secrets: several live ones a site, each shown whole by the answer that creates it alone."""

from typing import Final

from apps.api.contract import JSON, LD_JSON, Call
from apps.api.eucaptcha import schemas
from apps.api.eucaptcha.contracts import BASE, sitekeys_api
from apps.api.eucaptcha.paging import page_of_list
from apps.api.eucaptcha.reach import NO_SUCH_SITEKEY, missing_as, number, place_at, site_number
from apps.api.times import to_the_second
from apps.sites import secrets
from apps.sites.models import SiteSecret

COLLECTION: Final = f"{BASE}/captcha-secrets"
NO_SUCH_SECRET: Final = "There is no secret with this id here. It may have been deleted or rotated away already."  # noqa: S105  (a sentence)
_ITEM: Final = f"{COLLECTION}/{{id}}"


@sitekeys_api.endpoint(
    "GET",
    _ITEM,
    summary="List secrets",
    permission="getSecrets",
    query=schemas.Paging,
    answer=schemas.CaptchaSecretCollection,
    statuses=(400, 401, 403, 404, 422, 429),
)
def list_captcha_secrets(call: Call) -> schemas.CaptchaSecretCollection:
    """The live secrets of the sitekey with this id, masked, newest first."""
    query: schemas.Paging = call.query
    with missing_as(NO_SUCH_SITEKEY):
        place = place_at(call.caller, number(call.path["id"]))
        found = secrets.list_secrets(place.actor, site_key=place.site_key)
    iri = f"{COLLECTION}/{call.path['id']}"
    page = page_of_list(found, query.page, iri)
    return schemas.CaptchaSecretCollection(
        iri=iri, total_items=page.total, member=[_secret(one, one.masked) for one in page.rows], view=page.view
    )


@sitekeys_api.endpoint(
    "POST",
    COLLECTION,
    summary="Add a secret",
    permission="createSecret",
    body=schemas.NewCaptchaSecret,
    takes=(JSON, LD_JSON),
    answer=schemas.CaptchaSecret,
    status=201,
    statuses=(400, 401, 403, 404, 409, 413, 415, 422, 429),
)
def add_captcha_secret(call: Call) -> schemas.CaptchaSecret:
    """One more secret for a site, which is in this answer only; the others go on working. At most 10 are live."""
    body: schemas.NewCaptchaSecret = call.body
    with missing_as(NO_SUCH_SITEKEY):
        place = place_at(call.caller, site_number(body.sitekey))
        made = secrets.add_secret(place.actor, site_key=place.site_key, label=body.label)
    return _secret(made.stored, made.secret.reveal())


@sitekeys_api.endpoint(
    "DELETE",
    _ITEM,
    summary="Delete a secret",
    permission="deleteSecret",
    answer=None,
    status=204,
    statuses=(401, 403, 404, 409, 429),
)
def delete_captcha_secret(call: Call) -> None:
    """The secret with this id stops at once. The last live one of a site cannot be deleted."""
    with missing_as(NO_SUCH_SECRET):
        secret_id = number(call.path["id"]) or 0
        site_id = SiteSecret.objects.filter(pk=secret_id).values_list("site_id", flat=True).first()
        place = place_at(call.caller, site_id)
        secrets.delete_secret(place.actor, site_key=place.site_key, secret_id=secret_id)


def _secret(stored: SiteSecret, shown: str) -> schemas.CaptchaSecret:
    return schemas.CaptchaSecret(
        iri=f"{COLLECTION}/{stored.pk}",
        id=stored.pk,
        secret=shown,
        label=stored.label,
        created_at=to_the_second(stored.created_at),
        last_used_at=to_the_second(stored.last_used_at),
    )
