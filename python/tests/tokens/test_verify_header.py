"""Who sent a request, by its headers; and what the answer to a refusal has."""

from __future__ import annotations

import logging

import pytest
from chat import IDENTIFIER
from entra import CLIENT, OBJECT, OTHER_TENANT, TENANT, Entra, encoded

from twodoor.tokens import TokenRefusedError, Verifier, create_verifier
from twodoor.tokens.claims import traces_of
from twodoor.tokens.refusal import refusal_of

pytestmark = pytest.mark.anyio


def verifier_of(entra: Entra) -> Verifier:
    return create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)


async def refused(entra: Entra, *authorization: str | None, **options: logging.Logger) -> TokenRefusedError:
    with pytest.raises(TokenRefusedError) as refusal:
        await verifier_of(entra).verify_header(*authorization, **options)
    return refusal.value


@pytest.mark.parametrize("form", ["Bearer {}", "bearer {}", "BEARER   {}  "])
async def test_the_one_header_gives_the_identity(entra: Entra, form: str) -> None:
    verifier, token = verifier_of(entra), entra.token()
    for headers in ([form.format(token)], [None, form.format(token)], [form.format(token), None]):
        assert (await verifier.verify_header(*headers)).key == IDENTIFIER


NO_TOKEN = "There is no token."
SEVERAL = "There are several Authorization headers."
NOT_ONE = "The Authorization header is not one Bearer token."


@pytest.mark.parametrize(
    ("headers", "code", "reason"),
    [
        ([], "token_missing", NO_TOKEN),
        ([None], "token_missing", NO_TOKEN),
        ([""], "token_missing", NO_TOKEN),
        (["Basic YTpi"], "token_missing", NO_TOKEN),
        (["bearers a.b.c"], "token_missing", NO_TOKEN),
        (["a.b.c"], "token_missing", NO_TOKEN),
        (["Bearer a.b.c", "Bearer a.b.c"], "request_malformed", SEVERAL),
        (["Basic YTpi", ""], "request_malformed", SEVERAL),
        (["Bearer"], "request_malformed", NOT_ONE),
        (["Bearer "], "request_malformed", NOT_ONE),
        (["Bearer a.b.c, Bearer a.b.c"], "request_malformed", NOT_ONE),
        (["Bearer a.b.c x"], "request_malformed", NOT_ONE),
        (["Bearer a.b.c\n"], "request_malformed", NOT_ONE),
        (["Bearer\ta.b.c"], "token_missing", NO_TOKEN),
        (["Bearer ä.b.c"], "request_malformed", NOT_ONE),
    ],
)
async def test_another_header_is_refused_and_the_log_says_why(
    entra: Entra, caplog: pytest.LogCaptureFixture, headers: list[str | None], code: str, reason: str
) -> None:
    refusal = await refused(entra, *headers)
    assert (refusal.code, str(refusal)) == (code, reason)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("twodoor.tokens", logging.INFO)
    assert record.getMessage() == f"A request is refused ({code}): {reason}"


async def test_the_log_of_ones_own_gets_the_traces_of_the_token(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    await refused(entra, f"Bearer {entra.token({'ver': '3.0'})}", log=logging.getLogger("twodoor.own"))
    (record,) = caplog.records
    traces = f"uti=a-uti-of-tests oid={OBJECT}"
    assert record.name == "twodoor.own"
    assert record.getMessage() == f"A request is refused (token_invalid): `ver` is neither 1.0 nor 2.0. {traces}"


async def test_a_check_that_fails_tells_nothing_of_the_token(
    entra: Entra, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def verify(_: Verifier, token: object) -> None:
        raise KeyError(token)

    monkeypatch.setattr(Verifier, "verify", verify)
    refusal = await refused(entra, f"Bearer {entra.token()}")
    assert (refusal.code, refusal.status, refusal.retry) == ("temporarily_unavailable", 503, True)
    assert str(refusal) == "The check of the token failed (KeyError)."


def test_a_refusal_stays_the_same_one() -> None:
    own = TokenRefusedError("wrong_scope")
    assert refusal_of(own) is own


BEARER = 'Bearer realm="api"'
ANSWERS: list[tuple[str, int, bool, dict[str, str]]] = [
    ("token_missing", 401, True, {"WWW-Authenticate": BEARER}),
    *(
        (code, status, retry, {"WWW-Authenticate": f'{BEARER}, error="{error}", error_description="{code}"'})
        for code, status, retry, error in [
            ("request_malformed", 400, False, "invalid_request"),
            ("token_malformed", 401, False, "invalid_token"),
            ("token_invalid", 401, True, "invalid_token"),
            ("token_expired", 401, True, "invalid_token"),
            ("wrong_issuer", 401, False, "invalid_token"),
            ("wrong_tenant", 401, False, "invalid_token"),
            ("wrong_audience", 401, False, "invalid_token"),
            ("wrong_client", 403, False, "insufficient_scope"),
            ("wrong_scope", 403, False, "insufficient_scope"),
            ("wrong_role", 403, False, "insufficient_scope"),
            ("insufficient_claims", 401, True, "invalid_token"),
            ("not_an_access_token", 401, False, "invalid_token"),
            ("a code of one's own", 401, True, "invalid_token"),
        ]
    ),
    ("keys_unavailable", 503, True, {"Retry-After": "5"}),
    ("temporarily_unavailable", 503, True, {"Retry-After": "5"}),
]


@pytest.mark.parametrize(("code", "status", "retry", "headers"), ANSWERS, ids=[each[0] for each in ANSWERS])
def test_each_code_has_its_answer(code: str, status: int, retry: bool, headers: dict[str, str]) -> None:
    refusal = TokenRefusedError(code)
    assert (refusal.code, refusal.status, refusal.retry, refusal.headers) == (code, status, retry, headers)
    assert str(refusal) == code and str(TokenRefusedError(code, "a reason")) == "a reason"
    assert TokenRefusedError(code, retry=True).retry and not TokenRefusedError(code, retry=False).retry


@pytest.mark.parametrize(
    ("claims", "traces"),
    [
        ({}, f" uti=a-uti-of-tests oid={OBJECT}"),
        ({"uti": ...}, f" oid={OBJECT}"),
        ({"oid": ...}, " uti=a-uti-of-tests"),
        ({"uti": "a\nb"}, f" oid={OBJECT}"),
        ({"uti": "a-uti\n"}, f" oid={OBJECT}"),
        ({"uti": "aZ-_09"}, f" uti=aZ-_09 oid={OBJECT}"),
        ({"uti": ""}, f" oid={OBJECT}"),
        ({"uti": "x" * 32}, f" uti={'x' * 32} oid={OBJECT}"),
        ({"uti": "x" * 33}, f" oid={OBJECT}"),
        ({"uti": 7, "oid": OTHER_TENANT.upper()[:-1] + "A"}, ""),
    ],
)
def test_what_an_administrator_can_look_up_is_shown_and_nothing_else(
    entra: Entra, claims: dict[str, object], traces: str
) -> None:
    assert traces_of(entra.token(claims)) == traces


@pytest.mark.parametrize("token", [None, "", 7, "a.b", f"{encoded(b'{}')}.{encoded(b'[]')}.aaaa", "a" * 20_000])
def test_what_is_no_token_has_no_traces(token: object) -> None:
    assert traces_of(token) == ""
