"""Which `aud` means this app."""

from __future__ import annotations

import json

import pytest
from chat import ORIGIN, headers_with, refusals, start
from entra import CLIENT, OTHER_TENANT, Entra
from places import ROOT

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("aud", [CLIENT, f"api://{CLIENT}", f"api://chat.example.com/{CLIENT}", "api://mine"])
async def test_a_token_is_for_this_app_by_each_of_its_names(entra: Entra, aud: str) -> None:
    auth = start(entra, audiences=["api://mine"])
    assert await auth.user(headers_with(entra.token({"aud": aud})))


AUDIENCES = json.loads((ROOT / "test" / "audiences.json").read_text("utf-8"))
"""The server in TypeScript is held to the same: test/unit/server/audience.test.ts."""


def filled(aud: object) -> object:
    """The placeholders in an `aud` of the table, filled in."""
    text = json.dumps(aud).replace("<id without hyphens>", CLIENT.replace("-", ""))
    for name, value in {"<id>": CLIENT, "<ID>": CLIENT.upper(), "<other>": OTHER_TENANT}.items():
        text = text.replace(name, value)
    return json.loads(text)


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("row", AUDIENCES["rows"], ids=[row["name"] for row in AUDIENCES["rows"]])
async def test_the_audience_is_held_to_the_same_table_as_in_typescript(
    entra: Entra, caplog: pytest.LogCaptureFixture, row: dict[str, object], version: str
) -> None:
    token = entra.token({"aud": filled(row["aud"])}, version=version)
    origins = AUDIENCES["origins"]
    for public_origin in (origins, ORIGIN, None):
        auth = start(entra, public_origin=public_origin)
        assert bool(await auth.user(headers_with(token))) is row["named"]
    auth = start(entra, tenants="any-organization", public_origin=origins)
    assert bool(await auth.user(headers_with(token))) is row["anyOrganization"]
    assert ("(wrong_audience)" in refusals(caplog)) is not (row["named"] and row["anyOrganization"])


async def test_where_any_organization_is_let_in_no_host_is_right_without_an_origin(
    entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    auth = start(entra, tenants="any-organization", public_origin=None)
    assert not await auth.user(headers_with(entra.token(version="1.0")))
    assert "`audiences`, or the origin in it in `public_origin`" in refusals(caplog)
    assert await auth.user(headers_with(entra.token({"aud": f"api://{CLIENT}"}, version="1.0")))


async def test_the_audiences_of_the_app_are_compared_exactly(entra: Entra) -> None:
    auth = start(entra, audiences=["https://contoso.com/App", f"api://{OTHER_TENANT}"])
    for aud, is_taken in [("https://contoso.com/App", True), ("https://contoso.com/app", False)]:
        assert bool(await auth.user(headers_with(entra.token({"aud": aud})))) is is_taken
    for aud, is_taken in [(f"api://{OTHER_TENANT}", True), (f"api://x.example/{OTHER_TENANT}", False)]:
        assert bool(await auth.user(headers_with(entra.token({"aud": aud})))) is is_taken
