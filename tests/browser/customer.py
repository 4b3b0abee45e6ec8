"""A customer: pages on an origin of their own under a strict policy, and a backend that verifies what they send."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

PAGE = """<!doctype html><html lang="en"><head><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/page.css"><script src="{gate}/widget.js{query}" async defer></script>
<script src="/page.js"></script></head><body class="{theme}"><main><h1>Sign up</h1>
<form method="post" action="/sign-up"><p><label>Name <input name="name" value="Ada"></label></p>
{markup}<p><button>Send</button></p></form></main></body></html>"""
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; script-src 'self' {gate}; connect-src {gate}"
STYLES = "body { font: 1rem/1.5 sans-serif; margin: 1rem } body.dark { background: #111; color: #eee }"
SCRIPT = """
window.heard = [];
for (const name of ["init", "started", "verified", "expired", "failed"]) {
  window[name] = (given) =>
    heard.push([name, given.solution ? "the widget" : given.length > 200 ? "a solution" : given]);
}
document.addEventListener("privatecaptcha:finish", ({ detail }) => heard.push(["event", detail.element.className]));
"""
TIMEOUT_SECONDS = 10


@dataclass
class Customer:
    """The customer's server.

    Attributes:
        gate: the address of the server under test.
        markup: what stands in the form.
        query: of the script's address.
        policy: the page's content security policy, in which `{gate}` is that address.
        verify: what the backend asks when a form arrives; gets its fields.
        answers: what it was answered, in order.
        forms: the fields of the forms that arrived.
    """

    gate: str
    markup: str = ""
    query: str = ""
    theme: str = ""
    policy: str = POLICY
    verify: Callable[[dict[str, str]], Any] = dict
    answers: list[Any] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    origin: str = ""

    def respond(self, path: str) -> tuple[str, str]:
        """Content type and content of one of its addresses."""
        if path == "/page.css":
            return "text/css", STYLES
        if path == "/page.js":
            return "text/javascript", SCRIPT
        page = PAGE.format(gate=self.gate, query=self.query, theme=self.theme, markup=self.markup)
        return "text/html; charset=utf-8", page

    def receive(self, fields: dict[str, str]) -> str:
        """A form arrives: have it verified, and say so."""
        self.forms.append(fields)
        self.answers.append(self.verify(fields))
        return f"<!doctype html><html lang=en><title>Done</title><pre>{json.dumps(self.answers[-1])}</pre>"

    def ask(self, path: str, body: dict[str, str]) -> Any:
        """What the server under test answers to this JSON, whatever its status."""
        content = json.dumps(body).encode()
        request = Request(f"{self.gate}{path}", content, {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except HTTPError as error:
            return json.load(error)


def serve(customer: Customer) -> Iterator[Customer]:
    """Serve the customer's pages on `localhost`, which is another origin than the address of the server under test."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(*customer.respond(self.path))

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = {name: values[0] for name, values in parse_qs(content, keep_blank_values=True).items()}
            self._send("text/html; charset=utf-8", customer.receive(fields))

        def _send(self, content_type: str, text: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Security-Policy", customer.policy.format(gate=customer.gate))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    customer.origin = f"http://localhost:{server.server_port}"
    yield customer
    server.shutdown()
    thread.join()
    server.server_close()
