"""Answers that ask the page for something, as `refusal` of `twodoor/server` writes them."""

from __future__ import annotations

import base64
import json
import re

import pytest
from places import ROOT

from twodoor import TokenRefusedError, refusal
from twodoor.on_behalf_of import OnBehalfOfError
from twodoor.tokens.challenges import claims_challenge

CLAIMS = {"access_token": {"acrs": {"essential": True, "value": "c1"}}}


def test_an_error_names_where_the_documentation_explains_its_code() -> None:
    pages = {"refusals": (ROOT / "docs" / "refusals.md").read_text("utf-8")}
    for error in (TokenRefusedError("wrong_audience"), OnBehalfOfError("consent_required", "Ask.")):
        page, heading = error.anchor.split("#")
        assert f"\n## {heading}\n" in pages[page]


def test_a_challenge_is_that_of_microsofts_form() -> None:
    refused = refusal.challenge(CLAIMS)
    encoded = base64.b64encode(json.dumps(CLAIMS, separators=(",", ":")).encode()).decode()
    assert (refused.status, refused.code, refused.retry) == (401, "insufficient_claims", True)
    assert refused.headers == {
        "WWW-Authenticate": f'Bearer realm="api", error="insufficient_claims", claims="{encoded}"'
    }
    assert refusal.challenge(json.dumps(CLAIMS)) == refused


def test_what_is_not_ascii_is_encoded_as_utf_8() -> None:
    value = refusal.challenge({"a": "é 😀"}).headers["WWW-Authenticate"]
    (encoded,) = re.findall(r'claims="([^"]+)"', value)
    assert json.loads(base64.b64decode(encoded).decode()) == {"a": "é 😀"}
    assert value.isascii()


NO_CHALLENGES = ["", "no JSON", "[]", "null", "7", [], None, 7, '{"a":NaN}', {"a": float("nan")}, {"a": b"x"}]


@pytest.mark.parametrize("claims", [*NO_CHALLENGES, {"a": "\ud800"}, "x" * 9_000])
def test_what_is_no_challenge_is_refused(claims: object) -> None:
    with pytest.raises(ValueError, match="`claims` must be a claims challenge of 6 KB at most, for example"):
        refusal.challenge(claims)
    refused = TokenRefusedError("insufficient_claims", claims=claims)  # type: ignore[arg-type]
    challenge = 'Bearer realm="api", error="invalid_token", error_description="insufficient_claims"'
    assert refused.headers == {"WWW-Authenticate": challenge}


def test_one_that_no_page_would_read_is_refused() -> None:
    fits = {"a": "x" * 6_050}
    value = claims_challenge(fits)
    assert value is not None and len(value) <= 8_192
    assert claims_challenge({"a": "x" * 6_200}) is None


def test_consent_is_asked_for_in_the_form_that_a_page_reads() -> None:
    refused = refusal.consent(["User.Read", "Mail.Read"])
    assert (refused.status, refused.code, refused.retry) == (403, "consent_required", False)
    assert refused.headers["WWW-Authenticate"] == (
        'Bearer realm="api", error="interaction_required", error_description="consent_required", '
        'scopes="User.Read,Mail.Read", proposedAction="consent"'
    )


@pytest.mark.parametrize("scopes", [[], "User.Read", [""], ["a b"], ["a,b"], ['a"b'], ["a\\b"], [7], None])
def test_what_is_no_scope_is_refused(scopes: object) -> None:
    with pytest.raises(ValueError, match="`scopes` must be a list of scopes"):
        refusal.consent(scopes)  # type: ignore[arg-type]


def test_of_says_how_to_answer_what_was_raised() -> None:
    refused = refusal.of(TokenRefusedError("wrong_role", "for the log"))
    assert refused is not None and (refused.status, refused.code, refused.retry) == (403, "wrong_role", False)
    assert "for the log" not in repr(refused)
    assert refusal.of(TokenRefusedError("insufficient_claims", claims=json.dumps(CLAIMS))) == refusal.challenge(CLAIMS)
    for other in (KeyError("x"), None, "wrong_role"):
        assert refusal.of(other) is None


def test_python_has_the_codes_of_typescript() -> None:
    source = (ROOT / "src" / "server" / "refusal.ts").read_text("utf-8")
    rows = re.findall(r"^  (\w+): \{ status: (\d+), retry: (\w+) \},$", source, re.MULTILINE)
    assert len(rows) > 10
    for code, status, retry in rows:
        refused = TokenRefusedError(code)
        assert (refused.status, refused.retry) == (int(status), retry == "true"), code
