"""In front of Chainlit: every request to it, and every WebSocket, passes here."""

from __future__ import annotations

import logging
import re
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .answers import Answers, is_page, refuse, send_to_login
from .cookies import CookieNames, RequestCookies
from .ended_sessions import EndedSessions
from .exchange import Exchange, exchanging
from .fetch_metadata import HYBRID_PROVIDER, Asked, Verdict, asked_of, verdict_on
from .headers import route_path
from .hybrid import begun_here
from .oauth import is_hybrid_configured
from .options import Settings
from .own_origins import OwnOrigins
from .page_script import PageScript
from .posted_tokens import PostedTokens, question_in
from .session_tokens import SessionTokens
from .session_user import signed_key
from .sockets import SessionSockets, check_connects
from .versions import PageVersions

_log: Final = logging.getLogger("twodoor.chainlit")

_NOT_BEGUN_HERE: Final = f"Refused a sign-in by {HYBRID_PROVIDER} that did not begin in this browser, or too long ago."

_plain_origin = re.compile(r"null|https?://[A-Za-z0-9.:\[\]-]{1,200}")


class Door:
    """Who may ask for what, with which cookies, and what is answered."""

    def __init__(
        self,
        settings: Settings,
        script: PageScript,
        ended: EndedSessions,
        tokens: SessionTokens | None = None,
        posted: PostedTokens | None = None,
    ) -> None:
        """tokens, posted: where the app asks for tokens on behalf of its users."""
        self._settings = settings
        self._script = script
        self._tokens = tokens
        self._posted = posted
        self._page_versions = PageVersions()
        self._origins = OwnOrigins(settings)
        names = CookieNames(settings, self._origins)
        self._ended = ended
        self._cookies = RequestCookies(settings, names, self._ended)
        self._answers = Answers(settings, names, self._origins, self._cookies)
        self.sockets = SessionSockets(self._cookies, ended)

    async def handle(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """One request to Chainlit, or one WebSocket, which `app` answers."""
        if scope["type"] not in ("http", "websocket"):
            return await app(scope, receive, send)
        asked = asked_of(scope, route_path(scope, self._settings.root_path))
        verdict = self._verdict_on(asked, scope)
        if verdict == "is refused":
            _log_refusal(asked)
            return await refuse(scope, send)
        page_file = self._script.at(asked.path) if asked.is_reading else None
        if page_file is not None:
            return await page_file.send(scope, send)
        self._page_versions.compare(scope)
        question = question_in(scope) if asked.is_token_login else None
        if question is not None and self._posted is not None:
            return await self._posted.answer(question, scope, send)
        cookies = self._cookies.read(scope)
        if not (asked.is_logout or asked.is_token_login):
            cookies = self._cookies.without_ended(cookies)
        scope = {**scope, "headers": self._cookies.headers_with(cookies, scope)}
        if scope["type"] == "websocket":
            return await app(scope, receive, send)
        if asked.is_hybrid_answer:
            is_begun_here, receive = await begun_here(scope, receive, cookies)
            if not is_begun_here:
                _log.warning(_NOT_BEGUN_HERE)
                return await send_to_login(send)
        session = self._cookies.session_in(cookies)
        if asked.is_logout:
            self.sockets.end(session)
        with exchanging() as exchange:
            await app(scope, receive, self._completing(send, scope, asked, verdict, exchange))
        await self._settle(asked, session, exchange)

    def _verdict_on(self, asked: Asked, scope: Scope) -> Verdict:
        form_post_origin = self._settings.verifier.authority if is_hybrid_configured() else None
        return verdict_on(asked, lambda origin: self._origins.is_named(origin, scope), form_post_origin)

    def _completing(self, send: Send, scope: Scope, asked: Asked, verdict: Verdict, exchange: Exchange) -> Send:
        is_cut = False

        async def complete(message: Message) -> None:
            nonlocal is_cut
            if is_cut:
                return
            if message["type"] != "http.response.start":
                return await send(message)
            is_cut = verdict == "passes as a page" and not is_page(message)
            if is_cut:
                return await refuse(scope, send)
            answer = self._answers.completed(message, scope, asked, exchange)
            self._ended.begin(exchange.session)
            await send(answer)

        return complete

    async def _settle(self, asked: Asked, session: str, exchange: Exchange) -> None:
        """What has to happen after the answer."""
        if exchange.session:
            self.sockets.renew(session, exchange.session)
        if exchange.is_turned_away:
            # Of whomever: with the answer the browser loses it.
            self.sockets.end(session)
            self.sockets.cut(session)
        if asked.is_logout:
            # First what waits for nobody: a socket ends with what the app does at the end of a chat.
            await self._forget(session)
            await self.sockets.close(session)

    async def _forget(self, session: str) -> None:
        """What is kept of a user who logs out. Another page of theirs is asked for a token, when it needs one."""
        key = signed_key(session, self._settings.verifier.client_id)
        if self._tokens is not None and key is not None:
            await self._tokens.forget(key)


def _log_refusal(asked: Asked) -> None:
    origin = " ".join(asked.origins)
    shown = origin if _plain_origin.fullmatch(origin) else "a malformed origin" if origin else "another site"
    remedy = "If that is your app, name its origin in `public_origin`; if another that may, in `allow_origins`."
    _log.warning("Refused %s %.100r to a page of %s. %s", asked.method, asked.path, shown, remedy)


class NewestDoor:
    """Lets the newest Door handle requests: `chainlit run -w` calls `setup` anew at every change of the app."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app = app
        self._state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._state.twodoor.handle(self._app, scope, receive, send)


def register(door: Door, app: Starlette) -> bool:
    """Whether it is the first here."""
    is_registered = hasattr(app.state, "twodoor")
    app.state.twodoor = door
    if is_registered:
        return False
    check_connects(lambda: app.state.twodoor.sockets)
    if app.middleware_stack is None:
        app.add_middleware(NewestDoor, state=app.state)
    else:  # the server runs already, and Starlette takes no more
        app.middleware_stack = NewestDoor(app.middleware_stack, app.state)
    return True
