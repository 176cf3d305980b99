"""Who it is, and what can be asked for on their behalf: what the callbacks of an app call."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from chainlit.context import get_context
from chainlit.user import User
from starlette.datastructures import Headers

from ..on_behalf_of import TokenOnBehalf
from ..on_behalf_of.refusals import mistake
from ..tokens import Identity
from ..tokens.identity import key_of
from .admission import Admission
from .entrance import Entrance
from .exchange import mark_turned_away, mark_undecided
from .oauth import OAuthMistake, user_ids_of
from .options import Settings
from .session_tokens import SessionTokens
from .session_user import metadata_of_session
from .sockets import later_sessions_of

_log: Final = logging.getLogger("twodoor.chainlit")

_NAME_CLAIMS: Final = ("name", "preferred_username", "upn", "unique_name")
_NO_CREDENTIAL: Final = "Give setup() a `secret`, a `certificate` or an `assertion`, by which the app proves itself."
_NO_CLAIMS: Final = (
    "`roles` and `user` of setup() need the claims of a token, which Chainlit's own OAuth does not have."
)


class Auth:
    """What `setup` gives."""

    def __init__(
        self, settings: Settings, admission: Admission, entrance: Entrance, tokens: SessionTokens | None
    ) -> None:
        self._settings = settings
        self._admission = admission
        self._entrance = entrance
        self._tokens = tokens

    async def user(self, headers: Headers) -> User | None:
        """For `@cl.header_auth_callback`: the user whom the access token in the `Authorization` header speaks of, or
        `None`. Never raises; why somebody was refused is in the log.

        `identifier` is `entra:<tenant id>:<object id>`, the same from both doors. If the keys to check with cannot be
        had, or the function `user` of `setup` raises, the page is told 503 instead of 401, so that it tries again; and
        403 where the token is good and its user may not come in.
        """
        caller = await self._entrance.caller_of(headers.getlist("authorization"))
        if not isinstance(caller, str):
            return self._user_of(caller.identity, caller.metadata)
        if caller == "undecided":
            mark_undecided()
        if caller == "turned away":
            mark_turned_away()
        return None

    async def token(self, *scopes: str, claims: str | None = None) -> TokenOnBehalf:
        """A token of another API, such as Microsoft Graph, for the user of the Chainlit session that is running:

            graph = await auth.token("User.Read")
            headers = {"Authorization": f"Bearer {graph.token}"}

        In any callback of a session: `on_message`, `on_chat_start`, a tool, an action. From the cache unless it is
        about to expire. Where the last token of the user has expired, their page sends a new one, without a reload;
        within 30 s. What only the user can give, their consent or a second factor, is asked for by a message with a
        button in the chat; within 10 min. Several calls at once share one question.

        scopes: of one API, `"User.Read"`, or in their long form.
        claims: the challenge that the API has answered with, as JSON text.

        Raises OnBehalfOfError with a `code`: `consent_required`, `insufficient_claims` or `sign_in_required` where the
        user, or their page, has not given what is missing; `temporarily_unavailable`; and `config_invalid`, whose
        `remedy` is in the log too, without a session or without a credential of the app, for example.
        """
        if self._tokens is None:
            _log.error("auth.token(): %s", _NO_CREDENTIAL)
            raise mistake(_NO_CREDENTIAL)
        return await self._tokens.token(scopes, claims)

    def metadata(self) -> dict[str, Any]:
        """What `user` of `setup` returned when the user of the Chainlit session that is running signed in, or when the
        page renewed that last. In any callback of a session. Empty for who has not signed in by twodoor here.

        `cl.user_session.get("user").metadata` is what the data layer has stored, if there is one: that of another app
        on the same database, or of a sign-in before.

        Raises Chainlit's ChainlitContextException outside of a session.
        """
        session = get_context().session
        return metadata_of_session(session, later_sessions_of(session), self._settings.verifier.client_id)

    def oauth_user(self, provider_id: str, raw: Mapping[str, object]) -> User | None:
        """For `@cl.oauth_callback`: the user whom Microsoft Graph's `/me` speaks of, or `None`, with the remedy in the
        log. The identifier is the same as from the other door. Never return Chainlit's `default_user` instead: it goes
        by a name that changes, and carries a refresh token into the cookie, the database and `GET /user`.

        With `roles` or `user` of `setup` nobody comes in here: what they decide by is not known.
        """
        try:
            if self._admission.needs_claims:
                raise OAuthMistake(_NO_CLAIMS)
            tenant_id, object_id = user_ids_of(provider_id, raw, self._settings)
        except OAuthMistake as error:
            _log.error("Nobody signed in by OAuth: %s", error)
            return None
        return self._user(key_of(tenant_id, object_id), (raw.get("displayName"), raw.get("userPrincipalName")), {})

    def _user_of(self, identity: Identity, metadata: Mapping[str, Any]) -> User:
        return self._user(identity.key, [identity.claims.get(name) for name in _NAME_CLAIMS], metadata)

    def _user(self, key: str, names: Iterable[object], more: Mapping[str, Any]) -> User:
        """The names are for display only: they change, and others can choose them."""
        display_name = next((name for name in names if isinstance(name, str) and name.strip()), None)
        metadata = {**more, "provider": "entra", "client": self._settings.verifier.client_id}
        return User(identifier=key, display_name=display_name, metadata=metadata)
