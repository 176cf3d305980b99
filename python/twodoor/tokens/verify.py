"""All checks of a token, in their order."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar, overload

from ..origins import checked_origins
from .bearer import bearer_token
from .claims import check_app_claims, check_claims, check_times, is_of_app, traces_of
from .identity import AppIdentity, Claims, Identity, app_identity_of, identity_of
from .issuers import check_issuer, key_source_of
from .jws import check_form, check_header, check_signature, check_spelling, read_claims
from .kept_tokens import keep_tokens_of, tokens_kept_by
from .keys import KeySet
from .options import (
    DEFAULT_AUTHORITY,
    DEFAULT_SCOPE,
    DaemonOptions,
    Tenants,
    VerifierOptions,
    VerifierSettings,
    check_verifier_options,
)
from .refusal import TokenRefusedError, refusal_of

_log: Final = logging.getLogger("twodoor.tokens")
_Verified = TypeVar("_Verified")


class Verifier:
    """What `create_verifier` gives."""

    def __init__(self, settings: VerifierSettings) -> None:
        self._settings = settings
        self._key_sets: dict[str, KeySet] = {}
        if settings.keep_tokens:
            keep_tokens_of(self)

    @property
    def client_id(self) -> str:
        """Of the API that the tokens are for."""
        return self._settings.client_id

    @property
    def authority(self) -> str:
        """Who issues them."""
        return self._settings.authority

    async def verify(self, token: object) -> Identity:
        """Who the access token speaks of.

        token: anything at all: what a client sent. 16 KB at most.

        Raises TokenRefusedError with a `code`, the HTTP `status` that fits, and whether to `retry`. Within 5 s.
        """
        claims, expires_at = await self._signed_claims(token)
        return self._user_of(claims, expires_at, token)

    def _user_of(self, claims: Claims, expires_at: float, token: object) -> Identity:
        """The identity of a user, whose token is kept where the app asks for that."""
        identity = self._identity_of(claims, expires_at)
        kept = tokens_kept_by(self)
        if kept is not None:
            kept.keep(identity, str(token))
        return identity

    def _identity_of(self, claims: Claims, expires_at: float) -> Identity:
        return identity_of(claims, check_claims(claims, self._settings), expires_at)

    async def _signed_claims(self, token: object) -> tuple[Claims, float]:
        """The claims of a token that the authority has signed, and that is valid now, and until when."""
        text = check_form(token)
        check_spelling(text)
        kid = check_header(text)
        claims = read_claims(text)
        tenant_id = check_issuer(claims, self._settings)
        key = await self._key_set_of(tenant_id).find(kid)
        if key is None:
            raise TokenRefusedError("token_invalid", "The authority has no key of that name.")
        check_signature(text, key)
        return claims, check_times(claims)

    async def verify_header(self, *authorization: str | None, log: logging.Logger = _log) -> Identity:
        """Who sent a request, from its `Authorization: Bearer` header, in any framework:

            identity = await verifier.verify_header(request.headers.get("Authorization"))

        authorization: the values of all headers of that name. `None`: there is none.
        log: hears why somebody was refused, without the token. Default: `twodoor.tokens`.

        Raises TokenRefusedError and nothing else, with the `status` and the `headers` of the answer.
        """
        given = list(authorization)
        del authorization
        return await _verified_header(self.verify, given, log)

    def _key_set_of(self, tenant_id: str) -> KeySet:
        """Only allowed tenants come here, so their number is bounded by the options."""
        url, issuers = key_source_of(tenant_id, self._settings)
        if url not in self._key_sets:
            self._key_sets[url] = KeySet(url, issuers)
        return self._key_sets[url]


async def verify_without_keeping(verifier: Verifier, token: object) -> Identity:
    """As `Verifier.verify`, for a caller that keeps the token only after checks of its own."""
    claims, expires_at = await verifier._signed_claims(token)
    return verifier._identity_of(claims, expires_at)


class CallerVerifier(Verifier):
    """A verifier that accepts apps on their own too, where it is asked for that."""

    async def verify_caller(self, token: object) -> Identity | AppIdentity:
        """Who the access token speaks of: a user, as `verify` has it, or an app on its own. Tell them apart by their
        class: what is for users must not be done for an app.

        Raises TokenRefusedError as `verify` does.
        """
        claims, expires_at = await self._signed_claims(token)
        if not is_of_app(claims):
            return self._user_of(claims, expires_at, token)
        check_app_claims(claims, self._settings)
        return app_identity_of(claims, expires_at)

    async def verify_caller_header(
        self, *authorization: str | None, log: logging.Logger = _log
    ) -> Identity | AppIdentity:
        """The same from the `Authorization: Bearer` header, as `verify_header` has it."""
        given = list(authorization)
        del authorization
        return await _verified_header(self.verify_caller, given, log)


async def _verified_header(
    verify: Callable[[object], Awaitable[_Verified]], authorization: list[str | None], log: logging.Logger
) -> _Verified:
    """Empties `authorization` where it refuses: whoever shows the locals of a traceback would show it."""
    token: str | None = None
    try:
        token = bearer_token([each for each in authorization if each is not None])
        return await verify(token)
    except Exception as error:
        refusal = refusal_of(error)
    log.info("A request is refused (%s): %s%s", refusal.code, refusal, traces_of(token))
    del token
    authorization.clear()
    raise refusal.with_traceback(None)


@overload
def create_verifier(
    *,
    client_id: str,
    tenants: Tenants,
    public_origin: str | Sequence[str] = (),
    audiences: Sequence[str] = (),
    scopes: Sequence[str] = (DEFAULT_SCOPE,),
    clients: Sequence[str] | None = None,
    authority: str = DEFAULT_AUTHORITY,
    daemons: None = None,
    keep_tokens: bool = False,
) -> Verifier: ...


@overload
def create_verifier(
    *,
    client_id: str,
    tenants: Tenants,
    public_origin: str | Sequence[str] = (),
    audiences: Sequence[str] = (),
    scopes: Sequence[str] = (DEFAULT_SCOPE,),
    clients: Sequence[str] | None = None,
    authority: str = DEFAULT_AUTHORITY,
    daemons: DaemonOptions,
    keep_tokens: bool = False,
) -> CallerVerifier: ...


def create_verifier(
    *,
    client_id: str,
    tenants: Tenants,
    public_origin: str | Sequence[str] = (),
    audiences: Sequence[str] = (),
    scopes: Sequence[str] = (DEFAULT_SCOPE,),
    clients: Sequence[str] | None = None,
    authority: str = DEFAULT_AUTHORITY,
    daemons: DaemonOptions | None = None,
    keep_tokens: bool = False,
) -> Verifier:
    """Checks the access tokens of users, whichever door they came through: signature, issuer, tenant, audience, client
    and scope. Refuses everything else: ID tokens, tokens of apps on their own, and what it does not know.

        verifier = create_verifier(client_id="…", tenants=["…"])
        identity = await verifier.verify(token)

    In Django, in an async view or, with asyncio.run() around it, in any other one:

        identity = await verifier.verify_header(request.headers.get("Authorization"))
        # except TokenRefusedError as refused:
        #     return JsonResponse({"code": refused.code}, status=refused.status, headers=refused.headers)

    In Flask:

        identity = asyncio.run(verifier.verify_header(request.headers.get("Authorization")))

        @app.errorhandler(TokenRefusedError)
        def refuse(refused): return {"code": refused.code}, refused.status, refused.headers

    Fetches the keys of the authority when the first token needs them, and keeps them. Tokens with unknown key IDs cost
    at most one fetch in 30 s; one that fails or takes over 5 s is `keys_unavailable`.

    client_id: the application (client) ID of your app registration, a GUID.
    tenants: the accepted tenants, a list of GUIDs. "any-organization" accepts users of every Microsoft
        Entra tenant in the world, guests included: then compare the tenant in `identity.tenant_id` yourself.
    public_origin: the origin, or origins, that people open the app at, for "any-organization": version 1.0 tokens may
        name them in the Application ID URI. With a list of tenants it is not needed. Default: none.
    audiences: further values of `aud`, compared exactly. Without them it may be `<client_id>`, as in version 2.0
        tokens, or an Application ID URI, as version 1.0 tokens have it: `api://<client_id>`, or
        `api://<host>/<client_id>` as Teams wants it, with any host where `tenants` is a list, else with that of a
        public origin.
    scopes: the names of scopes, as in `scp`: one of them must be there. Default: `access_as_user`.
    clients: the client IDs that may ask for tokens (`azp`, or `appid` in version 1.0). Replaces the default: your own
        and MICROSOFT_CLIENTS, because Teams SSO tokens are issued to Teams.
    authority: the authority, without the tenant, for sovereign clouds and tests. Keys are fetched from there, through
        HTTPS_PROXY and with SSL_CERT_FILE if the environment has them. Default: https://login.microsoftonline.com.
    daemons: lets in apps on their own too, by `verify_caller` alone: see DaemonOptions. `verify` goes on to accept
        users only. Default: no app without a user.
    keep_tokens: keeps the last token of each user that it has accepted, in memory and until it expires, for
        `create_on_behalf_of`. Default: False.

    Raises ValueError naming the argument and a valid example.
    """
    origins = [public_origin] if isinstance(public_origin, str) else public_origin
    options = VerifierOptions(client_id, tenants, audiences, scopes, clients, authority, daemons, keep_tokens)
    settings = check_verifier_options(options, checked_origins("public_origin", origins) if origins else ())
    return Verifier(settings) if daemons is None else CallerVerifier(settings)
