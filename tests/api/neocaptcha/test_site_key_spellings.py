"""One UUID a site; every contract's spelling of it is read wherever a site key is."""

import pytest

from apps.sites.operations import create_site
from tests.api.conftest import SITES
from tests.people import Api

SPELLINGS = {
    "this contract's": lambda site: site.site_key,
    "EU Captcha's": lambda site: f"pk_{site.site_key.removeprefix('sk_live_')}",
    "Private Captcha's": lambda site: site.key.hex,
    "hexadecimal in capitals": lambda site: site.key.hex.upper(),
    "the dashed UUID": lambda site: str(site.key),
    "the dashed UUID in capitals": lambda site: str(site.key).upper(),
}
every_spelling = pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)


@every_spelling
def test_every_endpoint_reads_it_and_answers_in_this_contracts_spelling(api, shop, spell):
    path = f"{SITES}/{spell(shop)}"

    assert api.get(path).json()["siteKey"] == shop.site_key
    assert api.patch(path, {"name": "Shop 2"}).json()["siteKey"] == shop.site_key
    assert api.post(f"{path}/rotate-secret").json()["siteKey"] == shop.site_key
    assert api.delete(path).json() == {"success": True}


@every_spelling
def test_verification_reads_it(alice, spell):
    made = create_site(alice.actor, name="Shop", allowed_origins=["https://shop.example"])

    answer = Api().post(
        "/api/v1/verify", {"siteKey": spell(made.site), "secret": made.secret.reveal(), "solution": "x"}
    )

    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == "invalid_solution"


@pytest.mark.parametrize(
    "spell",
    [
        lambda site: site.site_key[:-1],
        lambda site: f"{site.site_key}0",
        lambda site: site.site_key.removeprefix("sk_live_"),
        lambda site: f"SK_LIVE_{site.site_key.removeprefix('sk_live_')}",
        lambda site: f"sk_test_{site.site_key.removeprefix('sk_live_')}",
        lambda site: f"{{{site.key}}}",
        lambda site: f"urn:uuid:{site.key}",
        lambda site: str(site.key).replace("-", "_"),
        lambda site: f" {site.site_key}",
        lambda site: f"{site.site_key}%0A",
        lambda _: f"sk_live_{'z' * 22}",
        lambda site: str(site.pk),
        lambda _: "shop",
    ],
)
def test_anything_else_is_a_site_that_is_not_there(api, shop, spell):
    answer = api.get(f"{SITES}/{spell(shop)}")

    assert answer.status_code == 404
    assert answer.json()["error"].startswith("There is no site with this key here.")
