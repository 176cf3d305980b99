"""The one call that an app makes."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import chainlit.server

from ..on_behalf_of import Certificate, create_on_behalf_of
from ..tokens import Verifier
from ..tokens.options import DEFAULT_AUTHORITY, DEFAULT_SCOPE, Tenants, VerifierOptions
from .admission import Decide, checked_admission
from .advice import advise
from .auth import Auth
from .ended_sessions import EndedSessions
from .entrance import Entrance
from .environment import arguments_in
from .middleware import Door, register
from .options import ChainlitFacts, check_options
from .page_script import load_in_page, read_page_script
from .posted_tokens import PostedTokens
from .session_tokens import SessionTokens

NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class Setup:
    """The type of `setup`."""

    def __call__(
        self,
        *,
        client_id: str,
        tenants: Tenants,
        public_origin: str | Sequence[str] | None = None,
        audiences: Sequence[str] = (),
        scopes: Sequence[str] = (DEFAULT_SCOPE,),
        roles: Sequence[str] | None = None,
        user: Decide | None = None,
        clients: Sequence[str] | None = None,
        authority: str = DEFAULT_AUTHORITY,
        frame_ancestors: Sequence[str] | None = None,
        oauth_providers: Sequence[str] = (),
        page: Mapping[str, str] = NOTHING,
        secret: str | None = None,
        certificate: Certificate | None = None,
        assertion: str | Callable[[], str | Awaitable[str]] | None = None,
    ) -> Auth:
        """Checks the options and Chainlit's own settings, and puts the middleware in front of Chainlit. Call it in
        app.py.

        Called again, as `chainlit run -w` does at every change, the newest options count and nothing is put there
        twice.

        client_id: the application (client) ID of your app registration, a GUID.
        tenants: the accepted tenants, a list of GUIDs. "any-organization" accepts users of every
            Microsoft Entra tenant in the world, guests included: then compare the tenant in `user.identifier` yourself.
        public_origin: the origin, or origins, that people open the app at. Pages of other origins may neither read nor
            change anything nor open the socket, unless Chainlit's `allow_origins` names them: its `*` names nobody.
            Default: the origin that the request itself is sent to, by its `Host`, over https (http on loopback only).
            That is right on your own machine, and wrong behind a proxy that changes `Host`: name it in production.
        audiences: further values of `aud`, compared exactly. Without them it may be `<client_id>`, as in version 2.0
            tokens, or an Application ID URI, as version 1.0 tokens have it: `api://<client_id>`, or
            `api://<host>/<client_id>` as Teams wants it, with any host where `tenants` is a list, else with that of a
            public origin.
        scopes: the names of scopes, as in `scp`: one of them must be there. Default: `access_as_user`.
        roles: the values of app roles, as in `roles`: a user needs one of them to come in. Default: nobody needs any.
        user: a function, async or not, that gets the Identity of each user who signs in, with `claims`, `roles` and
            `groups`, all checked. It gives a dict of metadata for `cl.User`, which the page can read, or `None`: then
            nobody comes in. It cannot change who it is. What it raises is "try again later" to the page.
        clients: the client IDs that may ask for tokens (`azp`, or `appid` in version 1.0). Replaces the default: your
            own and MICROSOFT_CLIENTS, because Teams SSO tokens are issued to Teams.
        authority: the authority, without the tenant, for sovereign clouds and tests. Keys are fetched from there,
            through HTTPS_PROXY and with SSL_CERT_FILE if the environment has them.
        frame_ancestors: who may show the app in a frame beside itself, as in the Content-Security-Policy. Default:
            those who show tabs in the clouds of `authority` (docs/clouds.md): MICROSOFT_HOSTS in the public one.
        oauth_providers: further providers of Chainlit that sign in to your Entra tenant and whose user is the one of
            Microsoft Graph's `/me`, beside `azure-ad` and `azure-ad-hybrid`.
        page: what the page is told beside what follows from the rest, by the names of the attributes in
            docs/chainlit.md without `data-`: `{"sign-in": "click"}`. `scope` follows from `public_origin`, as Teams
            wants it: `api://<host>/<client_id>/access_as_user`; name it where yours is another one.
        secret, certificate, assertion: how the app proves itself where it asks for tokens on behalf of its users, one
            of these three, as in `create_on_behalf_of`. Without, `auth.token()` gives none. With one, the last token of
            each user is kept in memory, until it expires.

        Raises ValueError naming the argument and a valid example.
        """
        credential = {"secret": secret, "certificate": certificate, "assertion": assertion}
        asks_on_behalf = any(each is not None for each in credential.values())
        settings = check_options(
            VerifierOptions(client_id, tenants, audiences, scopes, clients, authority, keep_tokens=asks_on_behalf),
            _chainlit_facts(),
            public_origin=public_origin,
            frame_ancestors=frame_ancestors,
            oauth_providers=oauth_providers,
            page=page,
        )
        admission = checked_admission(roles, user, settings.page)
        verifier = Verifier(settings.verifier)
        tokens = _session_tokens(verifier, credential) if asks_on_behalf else None
        ended = EndedSessions(settings.verifier.client_id)
        entrance = Entrance(verifier, admission, tokens, ended)
        script = read_page_script()
        posted = PostedTokens(entrance) if asks_on_behalf else None
        is_first = register(Door(settings, script, ended, tokens, posted), chainlit.server.app)
        load_in_page(script, settings)
        advise(settings.public_origins, is_first=is_first)
        return Auth(settings, admission, entrance, tokens)

    def from_environment(self, **more: Any) -> Auth:
        """The same, with the arguments in environment variables, as containers have them: TWODOOR_CLIENT_ID,
        TWODOOR_TENANTS, TWODOOR_PUBLIC_ORIGIN, TWODOOR_SECRET and so on, lists separated by spaces or commas, and
        TWODOOR_PAGE_SIGN_IN and so on for the page. An empty variable is none.

        more: arguments that count instead of the variables.

        Raises ValueError for a TWODOOR_ variable that nobody reads, and as `setup` does.
        """
        arguments = {**arguments_in(os.environ), **more}
        missing = [f"TWODOOR_{name.upper()}" for name in ("client_id", "tenants") if name not in arguments]
        if missing:
            raise ValueError(f"Set {' and '.join(missing)} in the environment.")
        return self(**arguments)


setup: Final = Setup()


def _session_tokens(verifier: Verifier, credential: Mapping[str, Any]) -> SessionTokens:
    on_behalf_of = create_on_behalf_of(verifier=verifier, client_id=verifier.client_id, **credential)
    return SessionTokens(verifier, on_behalf_of)


def _chainlit_facts() -> ChainlitFacts:
    cookie_name = os.environ.get("CHAINLIT_AUTH_COOKIE_NAME", "access_token")
    return ChainlitFacts(cookie_name, chainlit.server.router.prefix)
