"""Who it is: the answers to Chainlit's two callbacks."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Final

from chainlit.user import User
from starlette.datastructures import Headers

from ..tokens import Identity, Verifier
from ..tokens.bearer import bearer_token
from ..tokens.claims import traces_of
from ..tokens.identity import key_of
from ..tokens.refusal import TokenRefusedError, refusal_of
from .exchange import mark_undecided
from .oauth import OAuthMistake, user_ids_of
from .options import Settings

_log: Final = logging.getLogger("twodoor.chainlit")

_NAME_CLAIMS: Final = ("name", "preferred_username", "upn", "unique_name")
_UNDECIDED: Final = ("keys_unavailable", "temporarily_unavailable")


class Auth:
    """What `setup` gives."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._verifier = Verifier(settings.verifier)

    async def user(self, headers: Headers) -> User | None:
        """For `@cl.header_auth_callback`: the user whom the access token in the `Authorization` header speaks of, or
        `None`. Never raises; why somebody was refused is in the log.

        `identifier` is `entra:<tenant id>:<object id>`, the same from both doors. If the keys to check with cannot be
        had, the page is told 503 instead of 401, so that it tries again.
        """
        token: str | None = None
        try:
            token = bearer_token(headers.getlist("authorization"))
            identity = await self._verifier.verify(token)
        except Exception as error:
            _log_refusal(refusal_of(error), token)
            return None
        return self._user_of(identity)

    def oauth_user(self, provider_id: str, raw: Mapping[str, object]) -> User | None:
        """For `@cl.oauth_callback`: the user whom Microsoft Graph's `/me` speaks of, or `None`, with the remedy in the
        log. The identifier is the same as from the other door. Never return Chainlit's `default_user` instead: it goes
        by a name that changes, and carries a refresh token into the cookie, the database and `GET /user`.
        """
        try:
            tenant_id, object_id = user_ids_of(provider_id, raw, self._settings)
        except OAuthMistake as mistake:
            _log.error("Nobody signed in by OAuth: %s", mistake)
            return None
        return self._user(key_of(tenant_id, object_id), (raw.get("displayName"), raw.get("userPrincipalName")))

    def _user_of(self, identity: Identity) -> User:
        return self._user(identity.key, [identity.claims.get(name) for name in _NAME_CLAIMS])

    def _user(self, key: str, names: Iterable[object]) -> User:
        """The names are for display only: they change, and others can choose them."""
        display_name = next((name for name in names if isinstance(name, str) and name.strip()), None)
        metadata = {"provider": "entra", "client": self._settings.verifier.client_id}
        return User(identifier=key, display_name=display_name, metadata=metadata)


def _log_refusal(refusal: TokenRefusedError, token: str | None) -> None:
    if refusal.code in _UNDECIDED:
        mark_undecided()
    # The login page of stock Chainlit asks without a token at every visit.
    level = logging.INFO if refusal.code == "token_missing" else logging.WARNING
    _log.log(level, "Nobody signed in by a token (%s): %s%s", refusal.code, refusal, traces_of(token))
