"""What the log says of each refused token, word for word: the reasons are compared with a text that somebody has read.

`RENEW_REASONS=1` writes that text anew, as `npx vitest run -u` does for TypeScript.
"""

from __future__ import annotations

import os

import pytest
from cases import FILE, FOLDER, token_of, verify_of

REASONS = FOLDER / "reasons-python.txt"

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def reason_of(case: dict[str, object]) -> str:
    with verify_of(case) as (verify, _):
        try:
            return str(await verify(token_of(case)))
        except Exception as error:
            return f"{getattr(error, 'code', type(error).__name__)}: {error}"


async def test_it_says_why_in_these_words() -> None:
    numbers: dict[str, list[str]] = {}
    for case in FILE["cases"]:
        if case["expected"] != "accepted":
            numbers.setdefault(await reason_of(case), []).append(case["number"])
    text = "\n".join(f"{reason}\n  {' '.join(cases)}\n" for reason, cases in numbers.items())
    if os.environ.get("RENEW_REASONS"):
        REASONS.write_text(text, "utf-8")
    assert text == REASONS.read_text("utf-8")
