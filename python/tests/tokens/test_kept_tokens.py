"""The tokens that a verifier keeps, where the app asks for it."""

from __future__ import annotations

import gc
import pprint
from dataclasses import replace
from time import time
from weakref import ref

import pytest
from entra import CLIENT, TENANT, Entra

from twodoor import Identity, Verifier, create_verifier
from twodoor.tokens import kept_tokens
from twodoor.tokens.kept_tokens import KeptTokens, tokens_kept_by

pytestmark = pytest.mark.anyio

NOW = 1_000_000.0


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    clock = [NOW]
    monkeypatch.setattr(kept_tokens, "time", lambda: clock[0])
    return clock


def identity(expires_at: float = NOW + 3_600, key: str = "entra:t:adele") -> Identity:
    return Identity(key, expires_at)


def verifier_of(entra: Entra, keep_tokens: bool = True) -> Verifier:
    return create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url, keep_tokens=keep_tokens)


def test_each_identity_has_its_own_token_and_others_the_last_of_their_user(now: list[float]) -> None:
    kept, one, other = KeptTokens(), identity(), identity()
    assert one == other
    kept.keep(one, "first")
    kept.keep(other, "second")
    assert (kept.find(one), kept.find(other), kept.find(identity())) == ("first", "second", "second")
    assert kept.find(replace(one)) == "second"
    assert kept.find(identity(key="entra:t:bob")) is None


def test_a_token_is_found_until_it_expires(now: list[float]) -> None:
    kept, short, long = KeptTokens(), identity(NOW + 10), identity(NOW + 20)
    kept.keep(long, "long")
    kept.keep(short, "short")
    now[0] = NOW + 9
    assert kept.find(short) == "short"
    now[0] = NOW + 10
    assert kept.find(short) is None and kept.find(long) == "long"
    now[0] = NOW + 20
    assert kept.find(long) is None


def test_a_user_who_is_forgotten_has_none_in_any_identity_until_the_next_one(now: list[float]) -> None:
    kept, one, other = KeptTokens(), identity(), identity()
    kept.keep(one, "first")
    kept.keep(other, "second")
    kept.forget(identity())
    assert [kept.find(each) for each in (one, other, identity())] == [None, None, None]
    kept.keep(identity(), "third")
    assert kept.find(one) == "third"
    kept.forget(identity(key="entra:t:bob"))


def test_nothing_outlives_its_user(now: list[float]) -> None:
    kept, own = KeptTokens(), identity(NOW + 10)
    kept.keep(own, "a token")
    gone = ref(own)
    del own
    gc.collect()
    assert gone() is None and kept._of_identity == {}
    assert kept.find(identity()) == "a token"
    now[0] = NOW + 61
    assert kept.find(identity()) is None and kept._of_user == {}


async def test_a_verifier_keeps_what_it_has_accepted_and_nothing_else(entra: Entra) -> None:
    verifier, token = verifier_of(entra), entra.token()
    kept = tokens_kept_by(verifier)
    assert kept is not None
    user = await verifier.verify(token)
    assert kept.find(user) == token
    later = await verifier.verify_header(f"Bearer {entra.token({'uti': 'later'})}")
    assert kept.find(later) != token and kept.find(user) == token
    with pytest.raises(Exception, match="has expired"):
        await verifier.verify(entra.token({"exp": int(time()) - 3_600, "oid": "a0000000-0000-4000-8000-000000000002"}))
    assert [*kept._of_user] == [user.key]


async def test_by_default_nothing_is_kept(entra: Entra) -> None:
    verifier = verifier_of(entra, keep_tokens=False)
    await verifier.verify(entra.token())
    assert tokens_kept_by(verifier) is None and tokens_kept_by("no verifier") is None


async def test_an_app_on_its_own_has_no_token_to_keep(entra: Entra) -> None:
    app = {"idtyp": "app", "scp": ..., "roles": ["read"]}
    verifier = create_verifier(
        client_id=CLIENT, tenants=[TENANT], authority=entra.url, daemons={"roles": ["read"]}, keep_tokens=True
    )
    kept = tokens_kept_by(verifier)
    assert kept is not None
    await verifier.verify_caller(entra.token(app))
    assert kept._of_user == {}
    user = await verifier.verify_caller(entra.token())
    assert kept.find(user) is not None  # type: ignore[arg-type]  # it is one


async def test_no_listing_of_an_object_shows_a_token(entra: Entra) -> None:
    verifier = verifier_of(entra)
    user = await verifier.verify(entra.token())
    kept = tokens_kept_by(verifier)
    assert kept is not None
    for each in (verifier, user, kept, kept._of_user, kept._of_identity, vars(verifier), vars(kept)):
        assert "eyJ" not in repr(each) + pprint.pformat(each)


@pytest.mark.parametrize("value", [1, "yes", None])
def test_the_option_is_checked(value: object) -> None:
    with pytest.raises(ValueError, match="`keep_tokens` must be True or False"):
        create_verifier(client_id=CLIENT, tenants=[TENANT], keep_tokens=value)  # type: ignore[call-overload]
