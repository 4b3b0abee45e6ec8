"""Real challenges, really solved: pages and contracts tell the same of them."""

import pytest

from apps.audit import clock
from apps.protection import recording
from apps.protection.outcomes import Outcome
from apps.protection.record_models import CaptchaRecord
from tests.people import Api
from tests.protection.solving import VISITOR, issue, later, solved, verify_later

pytestmark = pytest.mark.django_db


@pytest.fixture
def visited(site):
    """Three challenges: one verified twice, one never solved, and one whose solution was broken on its way."""
    good = solved(site)
    assert [verify_later(site, good).outcome for _ in range(2)] == [Outcome.ACCEPTED, Outcome.ALREADY_USED]
    issue(site)
    assert verify_later(site, solved(site)[:-40]).outcome is Outcome.NOT_A_SOLUTION
    recording.flush()
    return site


def test_the_contracts_agree(alice, visited, make_key):
    api = Api(make_key(alice))
    with clock.at(later(60)):
        [day] = [row["pow"] for row in api.get("/gettrafficdata").json() if row["pow"]["issued"]]
        statistics = {row["action_type"]: row["count"] for row in api.get("/captcha-stats-user").json()}
        records = api.get("/audit/searchcaptcharecords").json()
        live = api.get("/getlivesessions", siteKey=visited.site_key).json()

    told = {"issued": 3, "userSubmitted": 1, "serverChecked": 3, "approved": 1, "disapproved": 2, "blocked": 0}
    assert day == told
    assert statistics == {"VFC": 3, "ASC": 1, "VSC": 0, "ACC": 1, "BLK": 0}
    assert records["total"] == 2
    assert sum(point["sessions"] for point in live["points"]) == 2


def test_one_record_tells_of_both_verifications(visited):
    record = CaptchaRecord.objects.get(status="accepted")
    assert (record.accepted, record.refused, record.solve_ms, record.address) == (1, 1, 120, VISITOR.address)
    assert record.issued_at is not None
    assert record.recorded_at > record.issued_at


def test_the_page_agrees(alice, visited):
    with clock.at(later(60)):
        page = alice.browser.get(f"/sitekeys/{visited.site_key}/traffic")
    total = page.context["total"]
    assert (total.issued, total.solved, total.accepted, total.rejected, total.blocked) == (3, 1, 1, 2, 0)
