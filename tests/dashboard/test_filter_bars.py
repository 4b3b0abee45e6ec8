"""The bars that filter lists: one component writes them all, and each keeps what was chosen."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.protection.rule_drafts import Wanted
from apps.protection.rules import create_rule
from apps.sites.operations import create_site

pytestmark = pytest.mark.django_db

BARS = {
    "/records/?status=blocked&device=phone&address=203.0.113.7&from=2026-03-29": ("records", ["blocked", "phone"]),
    "/log/?action=site.created&outcome=done&site=Shop": ("events", ["site.created", "done"]),
    "/rules/?type=restrict&state=expired&group=a": ("rules", ["restrict", "expired", "a"]),
    "/keys/?state=expired&permission=getSites&sort=name": ("keys", ["expired", "getSites", "name"]),
    "/sitekeys/?state=inactive&sort=changed": ("site-list", ["inactive", "changed"]),
}


@pytest.fixture
def listed(alice, shop, make_key):
    """One of everything that is listed: a bar shows where there is something to filter."""
    make_key(alice, "getSites")
    create_rule(alice.actor, wanted=Wanted("block", [("ip", "203.0.113.7")]))


def test_one_template_writes_every_bar():
    templates = Path(settings.BASE_DIR) / "templates"
    writing = {
        str(file.relative_to(templates)) for file in templates.rglob("*.html") if 'role="search"' in file.read_text()
    }
    assert writing == {"components/filter_bar.html", "dashboard/styleguide.html"}


@pytest.mark.parametrize("address", BARS)
def test_a_bar_shows_what_its_address_asks_for_and_swaps_its_list(alice, listed, address):
    target, chosen = BARS[address]
    page = alice.browser.get(address).content.decode()
    [bar] = re.findall(r'<form class="filters.*?</form>', page, re.S)
    path = address.split("?")[0]

    assert re.findall(r'<option value="([^"]+)"\s+selected', bar) == chosen
    assert f'hx-target="#{target}"' in bar
    assert f'id="{target}"' in page
    assert f'action="{path}"' in bar
    assert f'hx-get="{path}"' in bar
    assert '<button type="submit" class="btn">Filter</button>' in bar
    for control in re.findall(r'<(?:select|input)[^>]*?\sid="([^"]+)"', bar):
        assert f'<label for="{control}"' in bar


def test_texts_and_days_of_a_bar_stay_in_their_fields_escaped(alice, shop):
    page = alice.browser.get("/records/", {"address": '"><b>', "country": "de", "from": "2026-03-29"}).content.decode()
    assert 'value="&quot;&gt;&lt;b&gt;"' in page
    assert 'value="de"' in page
    assert 'value="2026-03-29"' in page


@pytest.mark.parametrize(("path", "label"), [("/records/", "Zebra"), ("/rules/", "Only Zebra")])
def test_a_chosen_site_stays_chosen_however_many_come_before_it(alice, listed, path, label, monkeypatch):
    monkeypatch.setattr("apps.sites.models.MOST_TO_CHOOSE_FROM", 1)
    zebra = create_site(alice.actor, name="Zebra", allowed_origins=["https://zebra.example"]).site

    assert label not in alice.browser.get(path).content.decode()
    page = alice.browser.get(path, {"site": zebra.key.hex}).content.decode()
    assert f'<option value="{zebra.site_key}" selected>{label}</option>' in page


@pytest.mark.parametrize("path", ["/records/", "/rules/"])
def test_a_site_of_somebody_else_is_not_put_among_the_choices(alice, dave, listed, path):
    other = create_site(dave.actor, name="Secret", allowed_origins=["https://secret.example"]).site
    assert "Secret" not in alice.browser.get(path, {"site": other.site_key}).content.decode()
