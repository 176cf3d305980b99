"""What `create_on_behalf_of` is given. No error shows a secret, not even a part of one."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ..guids import is_guid
from ..tokens.kept_tokens import KeptTokens, tokens_kept_by
from ..tokens.verify import Verifier

Assertion = str | Callable[[], str | Awaitable[str]]


class Certificate(TypedDict):
    """A certificate of the app registration, and its key, in PEM."""

    private_key: str
    certificate: str


@dataclass(frozen=True)
class OnBehalfOfSettings:
    """The options, checked and completed."""

    client_id: str
    authority: str
    kept: KeptTokens
    secret: str | None = field(repr=False)
    certificate: Mapping[str, str] | None = field(repr=False)
    assertion: Assertion | None = field(repr=False)


def check_options(
    verifier: object, client_id: object, secret: object, certificate: object, assertion: object
) -> OnBehalfOfSettings:
    """Raises ValueError naming the argument and what is wrong with it."""
    kept = tokens_kept_by(verifier)
    if kept is None or not isinstance(verifier, Verifier):
        example = "create_verifier(keep_tokens=True, …)"
        raise ValueError(f"`verifier` must be a verifier that keeps tokens, for example {example}.")
    own_id, authority = verifier.client_id, verifier.authority
    if not is_guid(client_id) or client_id.lower() != own_id:
        raise ValueError(f"`client_id` must be that of the verifier, for example {own_id!r}.")
    if len([each for each in (secret, certificate, assertion) if each is not None]) != 1:
        raise ValueError("`secret`, `certificate`, `assertion`: give exactly one of them.")
    return OnBehalfOfSettings(
        client_id=own_id,
        authority=authority,
        kept=kept,
        secret=_checked_secret(secret),
        certificate=_checked_certificate(certificate),
        assertion=_checked_assertion(assertion),
    )


def _checked_secret(secret: object) -> str | None:
    if secret is None or (isinstance(secret, str) and secret.strip()):
        return secret
    raise ValueError("`secret` must be the value of a client secret, for example from the environment.")


def _checked_certificate(given: object) -> Mapping[str, str] | None:
    if given is None:
        return None
    if isinstance(given, dict) and _is_pair(given):
        return given
    example = '{"private_key": …, "certificate": …}'
    raise ValueError(f"`certificate` must be {example}: an RSA key and the certificate of that very key, both in PEM.")


def _is_pair(given: dict[object, object]) -> bool:
    if set(given) != {"private_key", "certificate"} or not all(isinstance(each, str) for each in given.values()):
        return False
    try:
        key = load_pem_private_key(str(given["private_key"]).encode(), None)
        certified = x509.load_pem_x509_certificate(str(given["certificate"]).encode()).public_key()
    except Exception:  # whatever is wrong with it: what these say can have parts of the key in it
        return False
    return isinstance(key, RSAPrivateKey) and key.public_key() == certified


def _checked_assertion(assertion: object) -> Assertion | None:
    if assertion is None or callable(assertion) or (isinstance(assertion, str) and assertion.strip()):
        return assertion
    raise ValueError("`assertion` must be a client assertion, or a function that makes one each time.")


async def assertion_of(settings: OnBehalfOfSettings) -> str | None:
    """The client assertion for one request."""
    made = settings.assertion() if callable(settings.assertion) else settings.assertion
    return await made if inspect.isawaitable(made) else made
