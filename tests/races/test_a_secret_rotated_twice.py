"""Two who rotate a secret at the same moment: both are answered, and exactly one secret lives and works."""

import time
from collections.abc import Callable

import pytest
from django.test import Client

from apps.audit import clock
from apps.audit.chain import verify_chain
from apps.audit.models import AuditEvent
from apps.credentials import peppers
from apps.credentials.format import TokenKind, mint
from apps.sites.models import Site, SiteSecret
from tests.people import Api, MakeKey, Person
from tests.races.together import THREADS, succeeded, together

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 12


def works(site: Site, secret: str) -> bool:
    body = {"siteKey": site.site_key, "secret": secret, "solution": "x"}
    answer = Client().post("/api/v1/verify", body, content_type="application/json")
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


def rotate_naively(site: Site) -> str:
    """What rotating would be without the site's row locked: look which secrets there are, add one, delete those."""
    earlier = list(site.secrets.values_list("pk", flat=True))
    time.sleep(0.005)  # as long as a busy server takes between two statements
    secret = mint(TokenKind.SITE_SECRET)
    digest = peppers.digest(secret.reveal())
    SiteSecret.objects.create(
        site=site,
        digest=digest.value,
        pepper=digest.pepper,
        last_four=secret.last_four,
        created_by_label="naive",
        created_at=clock.now(),
    )
    SiteSecret.objects.filter(pk__in=earlier).delete()
    return secret.reveal()


def rotate_over_the_api(token: str, site: Site) -> Callable[[], str]:
    def rotate() -> str:
        answer = Api(token).post(f"/api/v1/sites/{site.site_key}/rotate-secret")
        assert answer.status_code == 200, answer.content
        return str(answer.json()["newSiteSecret"])

    return rotate


def test_exactly_one_secret_lives_and_works(alice: Person, shop: Site, make_key: MakeKey) -> None:
    token = make_key(alice)
    rotate = rotate_over_the_api(token, shop)
    before = AuditEvent.objects.count()
    for _ in range(ROUNDS):
        results = together([rotate] * THREADS)
        secrets = succeeded(results)
        assert len(set(secrets)) == THREADS, results
        assert SiteSecret.objects.filter(site=shop).count() == 1
        [working] = [secret for secret in secrets if works(shop, secret)]
        assert peppers.digest(working).value == bytes(SiteSecret.objects.get(site=shop).digest)
    report = verify_chain(alice.account.pk)
    assert report.is_intact
    assert AuditEvent.objects.count() == before + ROUNDS * THREADS


def test_the_same_race_leaves_several_secrets_of_a_naive_rotation(alice: Person, shop: Site) -> None:
    violations = 0
    for _ in range(ROUNDS):
        together([lambda: rotate_naively(Site.objects.get(pk=shop.pk))] * 4)
        violations += SiteSecret.objects.filter(site=shop).count() != 1
        SiteSecret.objects.filter(site=shop).exclude(pk=SiteSecret.objects.filter(site=shop).latest("pk").pk).delete()
    assert violations
