"""The only place that knows msal: a server that asks for nothing on behalf of its users need not have it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

import httpx

from .options import OnBehalfOfSettings, assertion_of
from .refusals import mistake

DEADLINE_S: Final = 10.0
_LONGEST_ANSWER: Final = 1_000_000
_REMEDY: Final = 'Install what calls Entra ID for servers: pip install "twodoor[on-behalf-of]"'


@dataclass(frozen=True)
class Question:
    """What is asked for."""

    tenant_id: str
    scopes: Sequence[str]
    claims: str | None


def ask_msal(settings: OnBehalfOfSettings, question: Question, assertion: str) -> Mapping[str, object]:
    """The answer of Entra ID, as msal gives it. Blocks.

    A client for each call. One that is kept would answer a request that was refused with the same refusal for a minute,
    though the user has consented meanwhile; and what it caches on behalf of a user it never looks up.

    Raises OnBehalfOfError `config_invalid` where msal is missing or `assertion` fails, and anything where Entra ID does
    not answer.
    """
    client = _msal().ConfidentialClientApplication(
        settings.client_id,
        client_credential=_credential_of(settings),
        authority=f"https://{urlsplit(settings.authority).netloc}/{question.tenant_id}",
        validate_authority=False,
        instance_discovery=False,
        # Whatever the environment says: the secret goes to the authority of the verifier and nowhere else.
        azure_region=False,
        token_cache=_NoCache(),
        http_client=_Network(settings.authority, question.tenant_id),
    )
    asked: Mapping[str, object] = client.acquire_token_on_behalf_of(
        assertion, [*question.scopes], claims_challenge=question.claims
    )
    return asked


def _msal() -> Any:
    try:
        import msal  # type: ignore[import-not-found,import-untyped,unused-ignore]  # it has no types, or is not there
    except ImportError:
        msal = None
    if not hasattr(getattr(msal, "ConfidentialClientApplication", None), "acquire_token_on_behalf_of"):
        raise mistake(_REMEDY)
    return msal


def _credential_of(settings: OnBehalfOfSettings) -> object:
    """A client assertion is made anew for each call, in this thread, which has no event loop."""
    if settings.secret is not None:
        return settings.secret
    if settings.certificate is not None:
        pair = settings.certificate
        return {"private_key": pair["private_key"], "public_certificate": pair["certificate"]}
    return {"client_assertion": lambda: _made_assertion(settings)}


def _made_assertion(settings: OnBehalfOfSettings) -> str | None:
    """Raises OnBehalfOfError `config_invalid` and nothing else, whatever the function of the app raises."""
    try:
        return asyncio.run(assertion_of(settings))
    except BaseException as error:  # SystemExit in a thread would end the loop of the server
        # The name of the error alone: its message could have a secret in it.
        failed = mistake(f"`assertion` failed ({type(error).__name__}). Correct what makes `assertion`.")
    raise failed


class _NoCache:
    """Refresh tokens, which nothing here asks with and which last for months, are not even kept in memory."""

    def add(self, *_: object, **__: object) -> None: ...

    def remove_rt(self, *_: object) -> None: ...

    def update_rt(self, *_: object) -> None: ...


class _Answer:
    def __init__(self, status: int, text: str, headers: Mapping[str, str]) -> None:
        self.status_code = status
        self.text = text
        self.headers = headers

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise ValueError(f"status {self.status_code}")


class _Network:
    """How msal reaches Entra ID: at the token endpoint of the verifier's authority alone, never past a redirect, and
    never for longer than a deadline. What it asks of the authority beside that, it gets from here.

    msal insists on https. An emulator on loopback is reached without.
    """

    def __init__(self, authority: str, tenant_id: str) -> None:
        self._endpoint = f"{authority}/{tenant_id}/oauth2/v2.0/token"
        self._base = f"https://{urlsplit(authority).netloc}/{tenant_id}"

    def get(self, url: str, **_: object) -> _Answer:
        if url != f"{self._base}/v2.0/.well-known/openid-configuration":
            raise ValueError("msal asks another address.")
        document = {
            "issuer": f"{self._base}/v2.0",
            "authorization_endpoint": f"{self._base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{self._base}/oauth2/v2.0/token",
        }
        return _Answer(200, json.dumps(document), {})

    def post(self, url: str, *, data: Mapping[str, str | bytes], headers: Mapping[str, str], **_: object) -> _Answer:
        if url != f"{self._base}/oauth2/v2.0/token":
            raise ValueError("msal asks another address.")
        form = {name: value.decode() if isinstance(value, bytes) else value for name, value in data.items()}
        ends_at = monotonic() + DEADLINE_S
        # A secret is in the body, and must not follow a redirect elsewhere.
        with (
            httpx.Client(follow_redirects=False, timeout=DEADLINE_S) as client,
            client.stream("POST", self._endpoint, data=form, headers=headers) as response,
        ):
            text = _text_of(response, ends_at)
        # msal would log what is no JSON, and ask no more for a while after an answer such as 429.
        if response.status_code >= 500 or response.status_code == 429 or 300 <= response.status_code < 400:
            _refuse_answer(response.status_code)
        if not isinstance(json.loads(text), dict):
            _refuse_answer(response.status_code)
        return _Answer(response.status_code, text, {})

    def close(self) -> None: ...


def _text_of(response: httpx.Response, ends_at: float) -> str:
    read = b""
    for chunk in response.iter_bytes():
        read += chunk
        if len(read) > _LONGEST_ANSWER or monotonic() > ends_at:
            raise ValueError("The answer is too long, or takes too long.")
    return read.decode()


def _refuse_answer(status: int) -> NoReturn:
    raise ValueError(f"Entra ID answered {status}.")
