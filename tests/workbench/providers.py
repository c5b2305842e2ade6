"""Providers of OpenID Connect on this machine: one as they are, and one that says what it shall."""

import base64
import hmac
import io
import json
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, parse_qsl, urlsplit

import requests
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what the provider itself imports
    import oidc_provider_mock

CLIENT = "workbench"
KEYS = [RSAKey.generate_key(2048, {"kid": "1"}) for _ in range(2)]
"""One that the provider has, and one that it has not."""
SECRET = "kept between both"  # noqa: S105


class AskingForProof:
    """The provider, which exchanges a code for the verifier of its challenge alone (RFC 7636)."""

    def __init__(self, app):
        self._app = app
        self._challenges = {}

    def __call__(self, environ, start):
        request = Request(environ)
        if request.path == "/oauth2/authorize":
            response = Response.from_app(self._app, environ)
            code = dict(parse_qsl(urlsplit(response.headers.get("Location", "")).query)).get("code")
            assert request.args["code_challenge_method"] == "S256"
            self._challenges[code] = request.args["code_challenge"]
            return response(environ, start)
        if request.path == "/oauth2/token":
            body = request.get_data()
            environ["wsgi.input"] = io.BytesIO(body)  # it is read again
            sent = dict(parse_qsl(body.decode()))
            challenge = self._challenges.pop(sent["code"], None)
            if challenge != create_s256_code_challenge(sent.get("code_verifier", "")):
                refused = Response('{"error": "invalid_grant"}', 400, mimetype="application/json")
                return refused(environ, start)
        return self._app(environ, start)


class Forging:
    """A provider whose next token says what a test wants it to, signed as it wants it signed."""

    def __init__(self):
        self.key, self.other = KEYS
        self.stated, self.claims, self.signing, self.algorithm = {}, {}, self.key, "RS256"
        self.issuer = ""

    def __call__(self, environ, start):
        request = Request(environ)
        answers = {
            "/.well-known/openid-configuration": self._state,
            "/keys": lambda: {"keys": [self.key.as_dict(private=False)]},
            "/token": lambda: {
                "access_token": "a",
                "token_type": "Bearer",
                "id_token": self._sign(),
            },
        }
        return Response.force_type(_as_json(answers[request.path]()))(environ, start)

    def _state(self):
        names = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
        }
        ends = {name: f"{self.issuer}/{path}" for name, path in names.items()}
        return {"issuer": self.issuer, **ends, **self.stated}

    def _sign(self):
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "sub": "17", "iat": now, "exp": now + 60}
        claims = {name: said for name, said in {**usual, **self.claims}.items() if said is not None}
        if self.algorithm == "none":
            _, body, _ = self._encode("RS256", self.key, claims).split(".")
            return f"eyJhbGciOiJub25lIn0.{body}."
        if self.algorithm == "HS256":
            # As who knows the public key alone could sign, where it is taken for a secret.
            _, body, _ = self._encode("RS256", self.key, claims).split(".")
            head = _as_part(b'{"alg":"HS256","kid":"1"}')
            signed = f"{head}.{body}"
            public = self.key.as_pem(private=False)
            return f"{signed}.{_as_part(hmac.digest(public, signed.encode(), 'sha256'))}"
        return self._encode(self.algorithm, self.signing, claims)

    @staticmethod
    def _encode(algorithm, key, claims):
        return jwt.encode({"alg": algorithm, "kid": "1"}, claims, key, algorithms=[algorithm])


def _as_part(said):
    return base64.urlsafe_b64encode(said).rstrip(b"=").decode()


def _as_json(told):
    return Response(json.dumps(told), mimetype="application/json")


@contextmanager
def running(app) -> Iterator[str]:
    """A provider on a free port, for as long as the body runs; gives its address."""
    server = make_server("localhost", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def make_provider(*users):
    """A provider that knows some people: their subjects, each with what it tells of them."""
    known = [oidc_provider_mock.User(sub=subject, claims=claims) for subject, claims in users]
    return AskingForProof(oidc_provider_mock.app(user_claims=known, require_nonce=True))


def sign_on_there(address, subject):
    """Sign on at the provider as a person does; gives the way back with what the browser brings."""
    shown = requests.get(address, timeout=20)
    assert shown.status_code == 200, shown.text
    sent = requests.post(address, {"sub": subject}, timeout=20, allow_redirects=False)
    assert sent.status_code == 302, sent.text
    parts = urlsplit(sent.headers["Location"])
    return f"{parts.path}?{parts.query}"


def read_query(address):
    """What an address says after its question mark."""
    return {name: said[0] for name, said in parse_qs(urlsplit(address).query).items()}
