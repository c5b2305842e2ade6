"""Sign-on by a provider of OpenID Connect: the way there, and what came back.

By the code flow with PKCE. What a browser brings back counts once, for the browser that set out,
and for some minutes; the token counts where the provider signed it for us, now and for this very
attempt.
"""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from governance.people import ProvenUser
from workbench.door.visitors import NotAdmittedError, is_loopback

_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
"""Of signatures by a key that the provider alone has."""
_SCOPE: Final = "openid email"
_LASTS: Final = timedelta(minutes=10)
_MOST: Final = 10_000
"""Attempts that are kept; the oldest give way."""
_SKEW_SECONDS: Final = 60
"""By which the clocks of both may differ."""
_WAIT_SECONDS: Final = 10
_BYTES: Final = 48
_SHOWN: Final = 40
"""Letters of an error of the provider that are told."""
_LONGEST_SUBJECT: Final = 255
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class ProviderFaultError(Exception):
    """The provider cannot be reached or does not answer as one; the message says why."""


@dataclass(frozen=True)
class Attempt:
    """Somebody who set out to sign on.

    Attributes:
        browser: name of the session of his browser.
        came_from: address to which the provider sends him back.
        nonce: what the token must say.
        verifier: what proves to the provider that the code is exchanged by who asked for it.
        until: when it counts no more.
    """

    browser: str
    came_from: str
    nonce: str
    verifier: str
    until: datetime


class Provider:
    """The provider of a retailer, at which the workbench is a client.

    Args:
        issuer: its address, as its tokens name it.
        client: by what it knows the workbench.
        secret: that it shares with the workbench; empty where it has given none.
        read_seconds: what its tokens count time by: seconds since 1970.

    Raises:
        ValueError: the address would be asked for without TLS on another machine, or the client has
            no name.
    """

    def __init__(
        self, issuer: str, client: str, secret: str, read_seconds: Callable[[], float]
    ) -> None:
        if not _is_guarded(issuer):
            raise ValueError(f"{issuer}: a provider is asked by https alone")
        if not client:
            raise ValueError(f"{issuer}: it is not said by what it knows the workbench")
        self.issuer = issuer
        self._client = client
        self._secret = secret
        self._read_seconds = read_seconds
        self._attempts: dict[str, Attempt] = {}
        self._lock = threading.Lock()

    def begin(self, browser: str, back: str, at: datetime) -> str:
        """The address at the provider to which a browser is sent to sign on.

        Args:
            browser: name of its session.
            back: address to which the provider sends it back.
            at: when.

        Raises:
            ProviderFaultError: the provider does not say where that is.
        """
        stated = self._read_statement()
        state, nonce, verifier = (secrets.token_urlsafe(_BYTES) for _ in range(3))
        with self._open_session(back) as session:
            address, _ = session.create_authorization_url(
                stated["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce
            )
        with self._lock:
            while len(self._attempts) >= _MOST:
                self._attempts.pop(next(iter(self._attempts)))
            self._attempts[state] = Attempt(browser, back, nonce, verifier, at + _LASTS)
        return str(address)

    def finish(self, browser: str, answer: Mapping[str, str], at: datetime) -> ProvenUser:
        """Whom the provider knows, by what a browser brought back from it.

        Args:
            browser: name of its session.
            answer: `state`, and `code` or `error`.
            at: when.

        Raises:
            NotAdmittedError: it is no answer to what this browser asked, it is too late, the
                provider has let nobody in, or its token does not hold.
            ProviderFaultError: the provider does not answer.
        """
        attempt = self._take_attempt(browser, answer.get("state", ""), at)
        if answer.get("iss", self.issuer) != self.issuer:
            raise NotAdmittedError("The answer is another provider's.")
        if "error" in answer or not answer.get("code"):
            # Anybody can put anything there.
            why = repr(answer.get("error", "no code")[:_SHOWN])[1:-1]
            raise NotAdmittedError(f"The provider let nobody in: {why}.")
        stated = self._read_statement()
        try:
            with self._open_session(attempt.came_from) as session:
                tokens = session.fetch_token(
                    stated["token_endpoint"],
                    grant_type="authorization_code",
                    code=answer["code"],
                    code_verifier=attempt.verifier,
                    timeout=_WAIT_SECONDS,
                )
        except AuthlibBaseError as error:
            raise NotAdmittedError(f"The provider refused the code: {error.error}.") from error
        except (requests.RequestException, ValueError) as error:
            raise ProviderFaultError(f"{stated['token_endpoint']}: {error}") from error
        return self._judge_token(tokens, self._get(stated["jwks_uri"]), attempt.nonce)

    def find_way_out(self, back: str) -> str | None:
        """The address at which a browser ends its session at the provider; None where it has none.

        Raises:
            ProviderFaultError: the provider does not answer.
        """
        address = self._read_statement().get("end_session_endpoint")
        if address is None or not _is_guarded(str(address)):
            return None
        asked = urlencode({"client_id": self._client, "post_logout_redirect_uri": back})
        return f"{address}{'&' if '?' in address else '?'}{asked}"

    def _take_attempt(self, browser: str, state: str, at: datetime) -> Attempt:
        with self._lock:
            attempt = self._attempts.pop(state, None)
        if attempt is None or attempt.browser != browser:
            raise NotAdmittedError("This browser has not set out to sign on so: begin again.")
        if attempt.until <= at:
            raise NotAdmittedError("That took too long: begin again.")
        return attempt

    def _open_session(self, back: str) -> OAuth2Session:
        return OAuth2Session(
            self._client,
            self._secret or None,
            scope=_SCOPE,
            redirect_uri=back,
            code_challenge_method="S256",
        )

    def _read_statement(self) -> dict[str, Any]:
        """What the provider states of itself."""
        stated = self._get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        if stated.get("issuer") != self.issuer:
            raise ProviderFaultError(f"{self.issuer} calls itself {stated.get('issuer')!r}")
        for name in _ENDPOINTS:
            if not _is_guarded(str(stated.get(name, ""))):
                raise ProviderFaultError(f"{self.issuer}: {name} is missing or without TLS")
        return stated

    def _get(self, address: str) -> dict[str, Any]:
        try:
            answer = requests.get(address, timeout=_WAIT_SECONDS, allow_redirects=False)
            answer.raise_for_status()
            told = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise ProviderFaultError(f"{address}: {error}") from error
        if not isinstance(told, dict):
            raise ProviderFaultError(f"{address}: no object of JSON")
        return told

    def _judge_token(
        self, tokens: Mapping[str, Any], keys: Mapping[str, Any], nonce: str
    ) -> ProvenUser:
        """Whom a token names that the provider signed for us, now and for this attempt."""
        try:
            held = jwt.decode(
                str(tokens.get("id_token", "")),
                KeySet.import_key_set(keys),  # type: ignore[arg-type]  # it refuses what is none
                algorithms=list(_ALGORITHMS),
            )
            claims = CodeIDToken(
                held.claims,
                held.header,
                {
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._client},
                    "sub": {"essential": True},
                },
                {
                    "nonce": nonce,
                    "client_id": self._client,
                    "access_token": tokens.get("access_token"),
                },
            )
            claims.validate(int(self._read_seconds()), _SKEW_SECONDS)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise NotAdmittedError(f"The token of the provider does not hold: {error}.") from error
        subject, email = claims["sub"], claims.get("email")
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise NotAdmittedError("The token of the provider names nobody.")
        is_verified = claims.get("email_verified") is True and isinstance(email, str)
        return ProvenUser(self.issuer, subject, email if is_verified else None)


def _is_guarded(address: str) -> bool:
    """Whether what is sent to an address can be read by nobody on the way."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    )
