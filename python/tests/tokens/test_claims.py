"""Claims that are refused, and what the log says to change."""

from __future__ import annotations

from time import time

import pytest
from chat import cookies_of, exchange, headers_with, refusals, start
from entra import CLIENT, OBJECT, OTHER_TENANT, PRODUCTION, TEAMS_WEB, TENANT, Changes, Entra

pytestmark = pytest.mark.anyio


CORRECT = "correct the scope that the page asks for (`data-scope` in Chainlit)"


@pytest.mark.parametrize(
    ("changes", "remedy"),
    [
        ({"tid": OTHER_TENANT}, "`tenants`. If its users may come in, name it there."),
        ({"iss": "http://localhost:1/"}, "name it in `authority`."),
        ({"aud": "api://another"}, "If your Application ID URI is another one, name it in `audiences`. If not"),
        ({"azp": OTHER_TENANT}, "`clients`. If that client may call this app, name it there"),
        (
            {"scp": "Chat.Read"},
            f"give its name in `scopes`; if not, {CORRECT}.",
        ),
        ({"scp": ...}, f"Graph's tokens: {CORRECT}."),
    ],
)
async def test_a_refusal_is_in_the_log_with_what_to_change(
    entra: Entra, caplog: pytest.LogCaptureFixture, changes: Changes, remedy: str
) -> None:
    await start(entra).user(headers_with(entra.token(changes)))
    assert remedy in refusals(caplog)


NOW = int(time())
REFUSED: dict[str, tuple[Changes, str]] = {
    "no exp": ({"exp": ...}, "token_invalid"),
    "no nbf": ({"nbf": ...}, "token_invalid"),
    "no iat": ({"iat": ...}, "token_invalid"),
    "no oid": ({"oid": ...}, "token_invalid"),
    "no tid": ({"tid": ...}, "wrong_tenant"),
    "no iss": ({"iss": ...}, "wrong_issuer"),
    "no aud": ({"aud": ...}, "wrong_audience"),
    "no ver": ({"ver": ...}, "token_invalid"),
    "no scp": ({"scp": ...}, "not_an_access_token"),
    "no azp": ({"azp": ...}, "wrong_client"),
    "exp as a text": ({"exp": str(NOW + 3600)}, "token_invalid"),
    "exp as a truth": ({"exp": True}, "token_invalid"),
    "exp beyond all reason": ({"exp": 1e300}, "token_invalid"),
    "exp beyond all floats": ({"exp": 10**400}, "token_invalid"),
    "exp in milliseconds": ({"exp": (NOW + 3600) * 1000}, "token_invalid"),
    "exp before all time": ({"exp": -1}, "token_invalid"),
    "iat beyond all reason": ({"iat": 1e300}, "token_invalid"),
    "nbf as null": ({"nbf": None}, "token_invalid"),
    "a key to prove": ({"cnf": {"kid": "k"}}, "not_an_access_token"),
    "an empty proof": ({"cnf": None}, "not_an_access_token"),
    "expired": ({"exp": NOW - 3600}, "token_expired"),
    "not valid yet": ({"nbf": NOW + 3600}, "token_invalid"),
    "a future version": ({"ver": "3.0"}, "token_invalid"),
    "another tenant": ({"tid": OTHER_TENANT}, "wrong_tenant"),
    "a tenant in upper case": ({"tid": TENANT.upper().replace("1", "A")}, "wrong_tenant"),
    "a tenant that is none": ({"tid": "common"}, "wrong_tenant"),
    "tenants in a list": ({"tid": [TENANT]}, "wrong_tenant"),
    "the issuer of another tenant": ({"iss": f"{PRODUCTION}/{OTHER_TENANT}/v2.0"}, "wrong_issuer"),
    "the issuer of another authority": ({"iss": f"{PRODUCTION}/{TENANT}/v2.0"}, "wrong_issuer"),
    "another audience": ({"aud": "00000003-0000-0000-c000-000000000000"}, "wrong_audience"),
    "two audiences": ({"aud": [CLIENT]}, "wrong_audience"),
    "the audience as a prefix": ({"aud": f"{CLIENT}.evil.example"}, "wrong_audience"),
    "another client": ({"azp": OTHER_TENANT}, "wrong_client"),
    "the client of the other version": ({"azp": ..., "appid": TEAMS_WEB}, "wrong_client"),
    "another scope": ({"scp": "User.Read"}, "wrong_scope"),
    "a longer scope": ({"scp": "access_as_user_too not_access_as_user"}, "wrong_scope"),
    "an empty scope": ({"scp": " "}, "not_an_access_token"),
    "scopes in a list": ({"scp": ["access_as_user"]}, "not_an_access_token"),
    "an app on its own": ({"idtyp": "app"}, "not_an_access_token"),
    "an app on its own with roles": ({"scp": ..., "roles": ["access_as_user"]}, "not_an_access_token"),
    "an ID token": ({"nonce": "n"}, "not_an_access_token"),
    "an ID token of the hybrid flow": ({"c_hash": "h"}, "not_an_access_token"),
    "an object ID in upper case": ({"oid": OBJECT.upper()}, "token_invalid"),
    "an object ID that is none": ({"oid": "adele@contoso.example"}, "token_invalid"),
}


@pytest.mark.parametrize(("changes", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_a_token_is_refused_with_the_reason_in_the_log(
    entra: Entra, caplog: pytest.LogCaptureFixture, changes: Changes, code: str
) -> None:
    start(entra)
    response = await exchange(entra.token(changes))
    assert (response.status_code, response.json()) == (401, {"detail": "credentialssignin"})
    assert cookies_of(response) == []
    assert f"({code})" in refusals(caplog) and "uti=a-uti-of-tests" in refusals(caplog)
