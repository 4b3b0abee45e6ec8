"""A small OpenID Connect provider: real HTTP, a real RSA key, the authorization code flow with PKCE.

What it says can be bent: a wrong nonce, a wrong key, an address that it has not verified.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "gatehouse", "a secret between the two"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """What it knows of the person who signs in there, and how it misbehaves.

    Attributes:
        profile: the claims of userinfo.
        token_claims: replaces claims of the ID token; a value of None leaves one out.
        signing_key: what it signs with; `published_key` is what it says it signs with.
        requests: what it was asked at its authorization endpoint.
    """

    issuer: str = ""
    profile: dict[str, Any] = field(default_factory=lambda: {"sub": "alice-there", "name": "Alice There"})
    token_claims: dict[str, Any] = field(default_factory=dict)
    published_key: rsa.RSAPrivateKey = field(default_factory=new_key)
    signing_key: rsa.RSAPrivateKey | None = None
    requests: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def jwks(self) -> dict[str, Any]:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.published_key.public_key()))
        return {"keys": [key | {"kid": "one", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: dict[str, str]) -> str:
        """Sign the person in, as if they had said yes; the address to go back to."""
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        self.requests.append(asked)
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if (
            asked is None
            or form.get("client_secret") != CLIENT_SECRET
            or form.get("redirect_uri") != asked["redirect_uri"]
            or challenge != asked["code_challenge"]
        ):
            return None
        access_token = secrets.token_urlsafe()
        self.tokens.add(access_token)
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": self.profile["sub"],
            "nonce": asked["nonce"],
            "iat": int(time.time()),
            "exp": int(time.time()) + 60,
        } | self.token_claims
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = jwt.encode(claims, self.signing_key or self.published_key, "RS256", headers={"kid": "one"})
        return {"access_token": access_token, "token_type": "Bearer", "expires_in": 60, "id_token": signed}


def serve(provider: Provider) -> ThreadingHTTPServer:
    """Start it on a free port of the local machine; `shutdown()` and `server_close()` end it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            where = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(where.query).items()}
            if where.path == "/.well-known/openid-configuration":
                self.answer(provider.discovery())
            elif where.path == "/jwks":
                self.answer(provider.jwks())
            elif where.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(asked))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif where.path == "/userinfo":
                is_known = self.headers.get("Authorization", "").removeprefix("Bearer ") in provider.tokens
                self.answer(provider.profile if is_known else None)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.answer(provider.token({name: values[0] for name, values in parse_qs(body).items()}))

        def answer(self, content: dict[str, Any] | None) -> None:
            body = json.dumps(content or {"error": "invalid_grant"}).encode()
            self.send_response(200 if content else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
