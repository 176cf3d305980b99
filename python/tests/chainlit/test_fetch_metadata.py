"""Who may ask for what, in a table."""

from __future__ import annotations

import pytest
from chat import CROSS, EVIL, FETCH, FILE, HYBRID, IFRAME, NAVIGATION, NO_CORS, ORIGIN, OWN, PORTAL, SIBLING
from entra import PRODUCTION

from twodoor.chainlit.fetch_metadata import Asked, asked_of, verdict_on

PASSES, AS_PAGE, DENIED = "passes", "passes as a page", "is refused"
POLICY: list[tuple[str, str, str, dict[str, str], str]] = [
    ("the app itself", "GET", "/user", {**OWN, **FETCH}, PASSES),
    ("the address bar, a bookmark", "GET", "/thread/x", {**NAVIGATION, "Sec-Fetch-Site": "none"}, PASSES),
    ("an old browser, or no browser", "GET", "/user", {}, PASSES),
    ("a monitor", "HEAD", "/", {}, PASSES),
    ("a bot framework", "POST", "/teams/events", {}, PASSES),
    # Reading from elsewhere.
    ("a neighbour in the same host", "GET", "/user", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("a neighbour that wants threads", "POST", "/project/threads", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("a neighbour that reads a thread", "GET", "/project/thread/x", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("a sibling domain", "GET", "/user", {**SIBLING, **FETCH, "Origin": "https://www.example.com"}, DENIED),
    ("a sibling domain without an Origin", "GET", "/user", {**SIBLING, "Sec-Fetch-Mode": "no-cors"}, DENIED),
    ("an image elsewhere", "GET", FILE, {**NO_CORS, "Sec-Fetch-Dest": "image"}, DENIED),
    ("a script elsewhere", "GET", "/user", {**NO_CORS, "Sec-Fetch-Dest": "script"}, DENIED),
    ("a video elsewhere, by ranges", "GET", FILE, {**NO_CORS, "Sec-Fetch-Dest": "video", "Range": "bytes=0-"}, DENIED),
    ("a HEAD from elsewhere", "HEAD", "/user", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("the page, read from elsewhere", "GET", "/", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("a sandboxed page", "GET", "/user", {**CROSS, **FETCH, "Origin": "null"}, DENIED),
    ("an old browser that says from where", "GET", "/user", {"Origin": EVIL}, DENIED),
    ("an old browser, sandboxed", "GET", "/user", {"Origin": "null"}, DENIED),
    ("a site that the browser has a new word for", "GET", "/user", {"Sec-Fetch-Site": "adjacent"}, DENIED),
    ("two words for the site", "GET", "/user", {"Sec-Fetch-Site": "same-origin, cross-site"}, DENIED),
    ("a preflight from elsewhere", "OPTIONS", "/user", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    # What is the same for everybody.
    ("custom_js elsewhere", "GET", "/public/x.js", {**NO_CORS, "Sec-Fetch-Dest": "script"}, PASSES),
    ("the Copilot widget elsewhere", "GET", "/copilot/index.js", {**NO_CORS, "Sec-Fetch-Dest": "script"}, PASSES),
    ("a font elsewhere, which CORS keeps", "GET", "/assets/x.woff", {**CROSS, **FETCH, "Origin": EVIL}, PASSES),
    ("a logo elsewhere", "GET", "/logo", {**NO_CORS, "Sec-Fetch-Dest": "image"}, PASSES),
    ("an avatar elsewhere", "HEAD", "/avatars/x", {**NO_CORS, "Sec-Fetch-Dest": "image"}, PASSES),
    ("a write to them", "POST", "/public/x.js", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    ("what only begins like them", "GET", "/publicity", {**NO_CORS, "Sec-Fetch-Dest": "image"}, DENIED),
    # Leading here: the top level.
    ("a link in a mail to a thread", "GET", "/thread/x", NAVIGATION, PASSES),
    ("a link to a file", "GET", FILE, NAVIGATION, PASSES),
    ("a link on a sibling domain", "GET", "/", {**NAVIGATION, **SIBLING}, PASSES),
    ("a link after a posted form", "GET", "/login/callback", {**NAVIGATION, "Origin": "null"}, PASSES),
    ("the way back from OAuth", "GET", "/auth/oauth/azure-ad/callback", NAVIGATION, PASSES),
    ("a form that is posted here", "POST", "/login", {**NAVIGATION, "Origin": EVIL}, DENIED),
    ("a form of a sandboxed page", "POST", "/logout", {**NAVIGATION, "Origin": "null"}, DENIED),
    ("a form without an Origin", "POST", "/logout", NAVIGATION, DENIED),
    ("a navigation to the socket", "GET", "/ws/socket.io/", NAVIGATION, DENIED),
    ("a fetch that names itself a document", "GET", "/user", {**NO_CORS, "Sec-Fetch-Dest": "document"}, DENIED),
    # Leading here: a frame.
    ("the host frames the page", "GET", "/", IFRAME, AS_PAGE),
    ("the host frames a thread", "GET", "/thread/x", IFRAME, AS_PAGE),
    ("an old element frames the page", "GET", "/", {**IFRAME, "Sec-Fetch-Dest": "frame"}, AS_PAGE),
    ("the app within its frame", "GET", "/thread/x", {**IFRAME, **OWN}, PASSES),
    ("a frame of what is a user's", "GET", "/user", IFRAME, DENIED),
    ("a frame of a file", "GET", FILE, IFRAME, DENIED),
    ("a sign-in in a frame", "GET", "/auth/oauth/azure-ad/callback", IFRAME, DENIED),
    ("an embedded page", "GET", "/", {**IFRAME, "Sec-Fetch-Dest": "embed"}, DENIED),
    ("a page as an object", "GET", "/", {**IFRAME, "Sec-Fetch-Dest": "object"}, DENIED),
    ("a form that is posted into a frame", "POST", "/", {**IFRAME, "Origin": EVIL}, DENIED),
    ("an old browser after a posted form", "GET", "/login/callback", {"Origin": "null"}, AS_PAGE),
    # Origins that are named.
    ("a page that is named", "GET", "/user", {**SIBLING, **FETCH, "Origin": PORTAL}, PASSES),
    ("its preflight", "OPTIONS", "/project/threads", {**SIBLING, **FETCH, "Origin": PORTAL}, PASSES),
    ("an image in it", "GET", FILE, {**SIBLING, "Sec-Fetch-Mode": "no-cors", "Referer": f"{PORTAL}/x"}, PASSES),
    ("an image in a page that is not", "GET", FILE, {**NO_CORS, "Referer": f"{EVIL}/{PORTAL}"}, DENIED),
    ("a longer name", "GET", FILE, {**NO_CORS, "Referer": f"{PORTAL}.evil.example/"}, DENIED),
    ("a form in it without an Origin", "POST", "/logout", {**SIBLING, "Referer": f"{PORTAL}/x"}, DENIED),
    ("another Origin than the Referer", "GET", FILE, {**CROSS, "Origin": EVIL, "Referer": f"{PORTAL}/"}, DENIED),
    # The socket.
    ("a socket of the app", "WEBSOCKET", "/ws/socket.io/", {**OWN, "Origin": ORIGIN}, PASSES),
    ("a socket of a neighbour", "WEBSOCKET", "/ws/socket.io/", {**CROSS, "Origin": EVIL}, DENIED),
    ("a poll of a neighbour", "GET", "/ws/socket.io/", {**CROSS, **FETCH, "Origin": EVIL}, DENIED),
    # The answer that Entra ID has the browser post.
    ("Entra ID", "POST", HYBRID, {**NAVIGATION, "Origin": PRODUCTION}, PASSES),
    ("somebody in its name", "POST", HYBRID, {**NAVIGATION, "Origin": EVIL}, DENIED),
    ("nobody in its name", "POST", HYBRID, NAVIGATION, DENIED),
    ("the app in its name", "POST", HYBRID, {**OWN, "Origin": ORIGIN}, DENIED),
    ("Entra ID elsewhere", "POST", "/auth/oauth/azure-ad/callback", {**NAVIGATION, "Origin": PRODUCTION}, DENIED),
    ("Entra ID by PUT", "PUT", HYBRID, {**CROSS, "Origin": PRODUCTION}, DENIED),
    ("Entra ID below a path", "POST", f"/x{HYBRID}", {**NAVIGATION, "Origin": PRODUCTION}, DENIED),
]


def asked(method: str, path: str, headers: dict[str, str]) -> Asked:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    kind = {"type": "websocket"} if method == "WEBSOCKET" else {"type": "http", "method": method}
    return asked_of({**kind, "path": path, "headers": raw}, path)


@pytest.mark.parametrize(
    ("method", "path", "headers", "verdict"), [row[1:] for row in POLICY], ids=[row[0] for row in POLICY]
)
def test_who_may_ask_for_what(method: str, path: str, headers: dict[str, str], verdict: str) -> None:
    named = (ORIGIN, PORTAL)
    assert verdict_on(asked(method, path, headers), named.__contains__, PRODUCTION) == verdict


def test_without_the_hybrid_provider_entra_posts_nothing() -> None:
    answer = asked("POST", HYBRID, {**NAVIGATION, "Origin": PRODUCTION})
    assert verdict_on(answer, (ORIGIN,).__contains__, None) == "is refused"
