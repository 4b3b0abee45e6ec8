"""The reference page shows every endpoint of this contract, with a line for the shell."""

import re
from html import unescape

from apps.api.eucaptcha.contracts import sitekeys_api, verify_token_api


def test_every_endpoint_is_on_the_page_with_a_line_for_the_shell(alice):
    page = unescape(alice.browser.get("/reference/").text)

    for endpoint in [*sitekeys_api.endpoints, *verify_token_api.endpoints]:
        assert endpoint.summary in page
        assert f'id="{endpoint.handler.__name__}"' in page
    assert "/myra-auto-app-api/captcha_sitekeys/42" in page
    assert '{"email": "colleague@example.com", "password": "…"}' in page
    assert '{"sitekey": "pk_…", "secret": "ss_live_…", "client_token": "TOKEN"}' in page
    assert re.search(r"It answers with 204, without a body\.", page)
