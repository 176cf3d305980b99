"""The cases of tokens.json against the Python half, as test/unit/conformance/tokens.test.ts has them for TypeScript."""

from __future__ import annotations

import re
from typing import Any

import pytest
from cases import FILE, options_of, token_of, verify_of

DEFAULT_AUTHORITY = "https://login.microsoftonline.com"

BEHIND: dict[str, str] = {}
"""By number, why the Python half still fails a case. Strict: whoever mends it takes it out here."""

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def parameter_of(case: dict[str, Any]) -> Any:
    number = case["number"]
    marks = [pytest.mark.xfail(reason=BEHIND[number], strict=True)] if number in BEHIND else []
    return pytest.param(case, id=f"{number}: {case['sentence']}", marks=marks)


@pytest.mark.parametrize("case", [parameter_of(each) for each in FILE["cases"]])
async def test_token(case: dict[str, Any]) -> None:
    with verify_of(case) as (verify, asked):
        try:
            caller = await verify(token_of(case))
            result = f"accepted {caller['identity']}"
            assert {**caller, **case.get("details", {})} == caller
        except AssertionError:
            raise
        except Exception as error:
            result = getattr(error, "code", None) or repr(error)
    accepted = f"accepted {case.get('identity', FILE['identity'])}"
    assert result == (accepted if case["expected"] == "accepted" else case["expected"])
    authority = re.escape(options_of(case).get("authority", DEFAULT_AUTHORITY))
    for url in asked:
        assert re.fullmatch(rf"{authority}/([a-f\d-]+|organizations)/discovery/v2\.0/keys", url)
