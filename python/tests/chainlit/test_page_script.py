"""The page's half: where it is served, and how Chainlit's page comes to load it."""

from __future__ import annotations

import gzip
import html
import re

import pytest
from chainlit.config import config
from chat import EVIL, ORIGIN, cookies_of, exchange, page, refusals, start, warnings_in
from entra import CLIENT, OTHER_TENANT, TENANT, Entra
from places import ROOT

from twodoor import __version__

pytestmark = pytest.mark.anyio

MODULES = ROOT / "dist" / "chainlit-page"
BUILT = (ROOT / "dist" / "twodoor.chainlit.js").read_bytes()
STABLE = "/public/twodoor.chainlit.js"
SCOPE = f"api://chat.example.com/{CLIENT}/access_as_user"


@pytest.fixture(autouse=True)
def fresh_ui(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "ui", config.ui.model_copy(update={"custom_js": None, "custom_js_attributes": "defer"}))


async def script_tags() -> list[str]:
    async with page() as client:
        text = (await client.get("/")).text
    return re.findall(r"<script src=\"(?:/public|https:)[^>]*></script>", text)


async def test_the_page_loads_it_with_what_follows_from_the_arguments(entra: Entra) -> None:
    start(entra)
    (tag,) = await script_tags()
    path, attributes = re.fullmatch(r'<script src="([^"]+)" (.*)></script>', tag).groups()
    assert re.fullmatch(r"/public/twodoor\.chainlit\.[0-9a-f]{12}\.js", path)
    own = f'type="module" data-client-id="{CLIENT}" data-tenant="{TENANT}" data-scope="{SCOPE}"'
    assert attributes == f'{own} data-authority="{entra.url}"'
    async with page() as client:
        response = await client.get(path)
    assert (response.status_code, response.content) == (200, (MODULES / path.rpartition("/")[2]).read_bytes())
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_each_part_is_served_beside_it(entra: Entra) -> None:
    start(entra)
    parts = [path for path in MODULES.iterdir() if not re.fullmatch(r"twodoor\.chainlit\.[0-9a-f]{12}\.js", path.name)]
    assert {"engine", "msal", "teams", "messages"} <= {path.name.split(".")[2] for path in parts}
    async with page() as client:
        for part in parts:
            response = await client.get(f"/public/{part.name}")
            assert (response.status_code, response.content) == (200, part.read_bytes())
            assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_all_in_one_is_served_for_who_names_it_by_hand(entra: Entra) -> None:
    start(entra)
    async with page() as client:
        response = await client.get(STABLE)
    assert (response.content, response.headers["cache-control"]) == (BUILT, "no-cache")


async def test_it_is_compressed_for_those_who_take_that_and_asked_for_once(entra: Entra) -> None:
    start(entra)
    async with page() as client:
        response = await client.get(STABLE, headers={"Accept-Encoding": "br, gzip"})
        plain = await client.get(STABLE, headers={"Accept-Encoding": "identity"})
        again = await client.get(STABLE, headers={"If-None-Match": response.headers["etag"]})
        head = await client.head(STABLE, headers={"Accept-Encoding": "identity"})
    assert response.headers["content-encoding"] == "gzip" and response.content == plain.content == BUILT
    assert int(response.headers["content-length"]) == len(gzip.compress(BUILT, mtime=0))
    assert plain.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(BUILT)))


async def test_a_page_of_another_version_gets_the_module_too_and_keeps_it_not(entra: Entra) -> None:
    start(entra)
    (entry,) = [path.name for path in MODULES.iterdir() if len(path.name.split(".")) == 4]
    async with page() as client:
        other = await client.get("/public/twodoor.chainlit.0123456789ab.js")
        part = await client.get("/public/twodoor.chainlit.engine.0123456789ab.js")
        missing = await client.get("/public/twodoor.chainlit.0123.js")
        posted = await client.post(STABLE)
    # By its own name: its parts import from that, and one page must not have it twice.
    assert (other.text, other.headers["cache-control"]) == (f'import "./{entry}"\n', "no-cache")
    assert (part.status_code, missing.status_code) == (404, 404)
    assert posted.status_code in (404, 405)


async def test_other_sites_may_load_it_as_all_that_is_public(entra: Entra) -> None:
    start(entra)
    async with page(Origin=EVIL) as client:
        assert (await client.get(STABLE)).status_code == 200


SETTINGS: list[tuple[str, dict[str, object], dict[str, str]]] = [
    ("two tenants", {"tenants": [TENANT, OTHER_TENANT]}, {"tenant": "organizations"}),
    ("any organization", {"tenants": "any-organization"}, {"tenant": "organizations"}),
    ("no public origin", {"public_origin": None}, {"scope": f"api://{CLIENT}/access_as_user"}),
    (
        "two public origins",
        {"public_origin": ["https://a.example", ORIGIN]},
        {"scope": f"api://a.example/{CLIENT}/access_as_user"},
    ),
    (
        "a port",
        {"public_origin": "http://localhost:8000"},
        {"scope": SCOPE.replace("chat.example.com", "localhost:8000")},
    ),
    ("an audience of one's own", {"audiences": ["api://mine/"]}, {"scope": "api://mine/access_as_user"}),
    ("a scope of one's own", {"scopes": ["chat"]}, {"scope": SCOPE.replace("access_as_user", "chat")}),
    (
        "what the app says",
        {"page": {"scope": "api://x/y", "sign-in": "click"}},
        {"scope": "api://x/y", "sign-in": "click"},
    ),
    ("a language", {"page": {"language": "de"}}, {"language": "de"}),
    ("texts", {"page": {"texts": '{"de":{"signIn":"Los"}}'}}, {"texts": '{"de":{"signIn":"Los"}}'}),
    ("a text of JSON", {"page": {"options": '{"a":"<\'>"}'}}, {"options": '{"a":"<\'>"}'}),
]


@pytest.mark.parametrize(("options", "expected"), [row[1:] for row in SETTINGS], ids=[row[0] for row in SETTINGS])
async def test_the_page_is_told(entra: Entra, options: dict[str, object], expected: dict[str, str]) -> None:
    start(entra, **options)
    (tag,) = await script_tags()
    told = {name: html.unescape(value) for name, value in re.findall(r'data-([a-z-]+)="([^"]*)"', tag)}
    assert expected.items() <= told.items()


@pytest.mark.parametrize(
    ("own", "chosen", "told"),
    [("de-DE", {}, ["de-DE"]), ("de-DE", {"language": "fr"}, ["fr"]), ("de_DE", {}, []), (None, {}, [])],
)
async def test_the_page_speaks_the_language_that_chainlit_is_set_to(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, own: str | None, chosen: dict[str, str], told: list[str]
) -> None:
    monkeypatch.setattr(config.ui, "language", own)
    start(entra, page=chosen)
    (tag,) = await script_tags()
    assert re.findall(r'data-language="([^"]*)"', tag) == told


@pytest.mark.parametrize(
    "page_settings", [{"client-id": CLIENT}, {"sign_in": "click"}, {"sign-in": ""}, "click", {1: "a"}]
)
def test_a_setting_of_the_page_that_is_none_is_refused(entra: Entra, page_settings: object) -> None:
    with pytest.raises(ValueError, match="`page"):
        start(entra, page=page_settings)


async def test_a_script_of_the_app_stays_and_the_log_says_how_to_load_both(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    config.ui.custom_js, config.ui.custom_js_attributes = "/public/own.js", "defer data-own"
    start(entra)
    assert await script_tags() == ['<script src="/public/own.js" defer data-own></script>']
    said = warnings_in(caplog)
    custom_js, attributes = re.search(
        r'custom_js = "([^"]+)" and custom_js_attributes = \'\'\'(.*)\'\'\'', said
    ).groups()
    # What it says is right.
    config.ui.custom_js, config.ui.custom_js_attributes = custom_js, attributes
    caplog.clear()
    start(entra)
    ours, own = await script_tags()
    assert ours.startswith(f'<script src="{STABLE}" defer data-client-id="{CLIENT}"')
    assert own == '<script src="/public/own.js" defer data-own></script>'
    assert warnings_in(caplog) == ""


async def test_a_setting_by_hand_stays(entra: Entra) -> None:
    config.ui.custom_js, config.ui.custom_js_attributes = STABLE, 'defer data-client-id="x"'
    start(entra)
    assert await script_tags() == [f'<script src="{STABLE}" defer data-client-id="x"></script>']


async def test_a_reload_takes_the_newest_arguments(entra: Entra) -> None:
    start(entra)
    start(entra, page={"sign-in": "click"})
    (tag,) = await script_tags()
    assert 'data-sign-in="click"' in tag


async def test_the_server_says_its_version_where_a_session_begins(entra: Entra) -> None:
    start(entra)
    response = await exchange(entra.token())
    assert cookies_of(response) and response.headers["x-twodoor-version"] == __version__


async def test_a_page_of_another_version_is_told_in_the_log_once(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    start(entra)
    for version in (__version__, "9.9.9", "9.9.9", "forged line", "x" * 100):
        await exchange(entra.token(), **{"X-Twodoor-Version": version})
    assert refusals(caplog).count("A page has version") == 1
    assert f"A page has version 9.9.9 of twodoor, and this is {__version__}." in refusals(caplog)
    for number in range(50):
        await exchange(entra.token(), **{"X-Twodoor-Version": f"8.{number}"})
    assert refusals(caplog).count("A page has version") == 10
