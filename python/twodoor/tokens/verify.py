"""All checks of a token, in their order."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from ..origins import checked_origins
from .bearer import bearer_token
from .claims import check_claims, check_times, traces_of
from .identity import Identity, key_of
from .issuers import check_issuer, key_source_of
from .jws import check_form, check_header, check_signature, check_spelling, read_claims
from .keys import KeySet
from .options import (
    DEFAULT_AUTHORITY,
    DEFAULT_SCOPE,
    Tenants,
    VerifierOptions,
    VerifierSettings,
    check_verifier_options,
)
from .refusal import TokenRefusedError, refusal_of

_log: Final = logging.getLogger("twodoor.tokens")


class Verifier:
    """What `create_verifier` gives."""

    def __init__(self, settings: VerifierSettings) -> None:
        self._settings = settings
        self._key_sets: dict[str, KeySet] = {}

    async def verify(self, token: object) -> Identity:
        """Who the access token speaks of.

        token: anything at all: what a client sent. 16 KB at most.

        Raises TokenRefusedError with a `code`, the HTTP `status` that fits, and whether to `retry`. Within 5 s.
        """
        text = check_form(token)
        check_spelling(text)
        kid = check_header(text)
        claims = read_claims(text)
        tenant_id = check_issuer(claims, self._settings)
        key = await self._key_set_of(tenant_id).find(kid)
        if key is None:
            raise TokenRefusedError("token_invalid", "The authority has no key of that name.")
        check_signature(text, key)
        expires_at = check_times(claims)
        object_id = check_claims(claims, self._settings)
        return Identity(key_of(tenant_id, object_id), expires_at, tenant_id, object_id, claims)

    async def verify_header(self, *authorization: str | None, log: logging.Logger = _log) -> Identity:
        """Who sent a request, from its `Authorization: Bearer` header, in any framework:

            identity = await verifier.verify_header(request.headers.get("Authorization"))

        authorization: the values of all headers of that name. `None`: there is none.
        log: hears why somebody was refused, without the token. Default: `twodoor.tokens`.

        Raises TokenRefusedError and nothing else, with the `status` and the `headers` of the answer.
        """
        token: str | None = None
        try:
            token = bearer_token([each for each in authorization if each is not None])
            return await self.verify(token)
        except Exception as error:
            refusal = refusal_of(error)
        log.info("A request is refused (%s): %s%s", refusal.code, refusal, traces_of(token))
        raise refusal

    def _key_set_of(self, tenant_id: str) -> KeySet:
        """Only allowed tenants come here, so their number is bounded by the options."""
        url, issuers = key_source_of(tenant_id, self._settings)
        if url not in self._key_sets:
            self._key_sets[url] = KeySet(url, issuers)
        return self._key_sets[url]


def create_verifier(
    *,
    client_id: str,
    tenants: Tenants,
    public_origin: str | Sequence[str] = (),
    audiences: Sequence[str] = (),
    scopes: Sequence[str] = (DEFAULT_SCOPE,),
    clients: Sequence[str] | None = None,
    authority: str = DEFAULT_AUTHORITY,
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

    Raises ValueError naming the argument and a valid example.
    """
    origins = [public_origin] if isinstance(public_origin, str) else public_origin
    options = VerifierOptions(client_id, tenants, audiences, scopes, clients, authority)
    return Verifier(check_verifier_options(options, checked_origins("public_origin", origins) if origins else ()))
