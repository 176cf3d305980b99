"""Tokens of other APIs for the user of the Chainlit session that is running."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from chainlit.context import ChainlitContextException, get_context
from chainlit.session import BaseSession

from ..on_behalf_of import OnBehalfOf, OnBehalfOfError, TokenOnBehalf
from ..on_behalf_of.refusals import mistake, no_token, page_silent
from ..tokens import Identity, Verifier
from ..tokens.kept_tokens import tokens_kept_by
from ..tokens.refusal import refusal_of
from ..tokens.verify import verify_without_keeping
from .page_questions import Need, questions_of
from .session_user import SessionUser, user_named, user_of_session

_log: Final = logging.getLogger("twodoor.chainlit")

_ANSWERED_BY_PAGES: Final = ("sign_in_required", "consent_required", "insufficient_claims")
_NO_SESSION: Final = "Call auth.token() in a callback of a Chainlit session: here nobody knows for whom."
_OTHER_LOOP: Final = "Call cl.run_sync(auth.token(…)) in a thread: the page answers in the event loop of the server."


class SessionTokens:
    def __init__(self, verifier: Verifier, on_behalf_of: OnBehalfOf) -> None:
        self._verifier = verifier
        self._on_behalf_of = on_behalf_of

    async def token(self, scopes: Sequence[str], claims: str | None) -> TokenOnBehalf:
        """Each question is asked once: a page that answers it without effect is not asked again."""
        session = _running_session()
        questions = questions_of(session)
        asked: set[str] = set()
        while True:
            # Each time: while a page is asked, its session can come to another user.
            user = user_of_session(session, self._verifier.client_id)
            if user is None:
                raise no_token()
            try:
                return await self._on_behalf_of.token(user, list(scopes), claims=claims)
            except OnBehalfOfError as error:
                refusal = error
            is_answerable = refusal.code in _ANSWERED_BY_PAGES and refusal.code not in asked
            if questions is None or not is_answerable:
                raise refusal.with_traceback(None)
            asked.add(refusal.code)
            answer = await questions.ask(self._need_of(refusal, user, scopes))
            if answer == "no answer":
                raise page_silent()
            if answer == "declined" or not await self._is_kept(answer.token, user):
                raise refusal.with_traceback(None)

    def keep(self, identity: Identity, token: str) -> None:
        """Of a user who may come in."""
        kept = tokens_kept_by(self._verifier)
        if kept is not None:
            kept.keep(identity, token)

    async def forget(self, key: str) -> None:
        """Whatever is kept of a user. key: of whoever it may be."""
        user = user_named(key)
        if user is not None:
            await self._on_behalf_of.forget(user)

    def _need_of(self, refusal: OnBehalfOfError, user: SessionUser, scopes: Sequence[str]) -> Need:
        kept = tokens_kept_by(self._verifier)
        has_token = kept is not None and kept.find(user) is not None
        return Need(
            refusal.code,
            user.key,
            scopes=tuple(scopes) if refusal.code == "consent_required" else (),
            claims=refusal.claims,
            # Entra ID has refused the one that is here, and the page may still have the same.
            is_renewal=refusal.code == "sign_in_required" and has_token,
        )

    async def _is_kept(self, token: str, user: SessionUser) -> bool:
        """A token that the page sends is checked like any other. The worker that it was posted to has let its user
        in."""
        try:
            identity = await verify_without_keeping(self._verifier, token)
        except Exception as error:
            refusal = refusal_of(error)
            _log.warning("The page has sent a token that is refused (%s): %s", refusal.code, refusal)
            return False
        if identity.key != user.key:
            _log.warning("The page of a session has sent the token of another user than that of the session.")
            return False
        self.keep(identity, token)
        return True


def _running_session() -> BaseSession:
    try:
        context = get_context()
    except ChainlitContextException:
        raise _mistake(_NO_SESSION) from None
    if context.loop is not asyncio.get_running_loop():
        # The page answers in that of the server. What is kept would do in any, until it has expired.
        raise _mistake(_OTHER_LOOP)
    return context.session


def _mistake(remedy: str) -> OnBehalfOfError:
    _log.error("auth.token(): %s", remedy)
    return mistake(remedy)
