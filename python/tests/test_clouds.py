"""The clouds of Microsoft. That the table is that of TypeScript, test/unit/shared/clouds.test.ts sees."""

from __future__ import annotations

import html

import pytest
from chainlit.config import config
from chat import page, start
from entra import CLIENT, TENANT, Entra

from twodoor import create_verifier, microsoft_cloud
from twodoor.chainlit import MICROSOFT_HOSTS
from twodoor.cloud_table import CLOUDS, OTHER_NAMES_OF_AUTHORITIES

AUTHORITIES = sorted({each.authority for each in CLOUDS})
CHINA = "https://login.partner.microsoftonline.cn"


@pytest.mark.parametrize("name", ["germany", "GCC High", "", None, 1])
def test_a_cloud_that_nobody_knows_is_refused_with_the_names_of_those_that_are_known(name: object) -> None:
    with pytest.raises(ValueError, match="`cloud` must be one of public, gcc, gcc-high, dod, 21vianet, for example"):
        microsoft_cloud(name)


@pytest.mark.parametrize(("other", "authority"), OTHER_NAMES_OF_AUTHORITIES.items())
def test_another_name_of_an_authority_is_refused_in_favour_of_that_in_tokens(other: str, authority: str) -> None:
    with pytest.raises(ValueError, match=f"`authority` must be the name that tokens have for it, '{authority}', not"):
        create_verifier(client_id=CLIENT, tenants=[TENANT], authority=other)
    create_verifier(client_id=CLIENT, tenants=[TENANT], authority=authority)


@pytest.mark.parametrize(
    "authority",
    [
        "https://login.microsoftonline.de",
        "https://login-us.microsoftonline.com",
        "https://login.microsoftonline.cn/",
        "https://login.sovcloud-identity.fr",
        "https://login.sovcloud-identity.de",
        "https://login.sovcloud-identity.sg",
        "https://a.login.sovcloud-identity.fr:444",
    ],
)
def test_a_cloud_that_is_not_in_the_table_is_refused_with_the_authorities_that_are(authority: str) -> None:
    with pytest.raises(ValueError, match=r"`authority` must be that of a cloud that is known: https:.*\.us, https:"):
        create_verifier(client_id=CLIENT, tenants=[TENANT], authority=authority)


@pytest.mark.parametrize("authority", ["https://microsoftonline.example", "https://login.contoso.com"])
def test_an_authority_of_somebody_else_stays_possible(authority: str) -> None:
    create_verifier(client_id=CLIENT, tenants=[TENANT], authority=authority)


@pytest.mark.anyio
@pytest.mark.parametrize("authority", AUTHORITIES)
async def test_those_may_frame_chainlit_who_show_tabs_in_the_clouds_of_the_authority(
    entra: Entra, authority: str
) -> None:
    start(entra, authority=authority)
    async with page() as client:
        policy = (await client.get("/")).headers["content-security-policy"]
    shown = {each for cloud in CLOUDS if cloud.authority == authority for each in cloud.frame_ancestors}
    assert set(policy.split()[2:]) == shown
    assert policy.startswith("frame-ancestors 'self' ")


@pytest.mark.anyio
async def test_an_authority_that_is_none_of_microsofts_is_framed_as_in_the_public_cloud(entra: Entra) -> None:
    start(entra)
    async with page() as client:
        policy = (await client.get("/")).headers["content-security-policy"]
    assert tuple(policy.split()[2:]) == MICROSOFT_HOSTS


@pytest.mark.parametrize("authority", AUTHORITIES)
def test_only_the_page_of_21vianet_trusts_the_teams_of_21vianet(entra: Entra, authority: str) -> None:
    start(entra, authority=authority)
    attributes = html.unescape(config.ui.custom_js_attributes or "")
    assert ('data-host-origins="https://teams.microsoftonline.cn"' in attributes) == (authority == CHINA)
