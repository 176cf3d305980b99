"""What is known of a user beside the key, and apps on their own."""

from __future__ import annotations

import dataclasses
import logging

import pytest
from chat import IDENTIFIER
from entra import CLIENT, OBJECT, OTHER_TENANT, TENANT, Changes, Entra

from twodoor import AppIdentity, CallerVerifier, Identity, TokenRefusedError, Verifier, create_verifier
from twodoor.tokens.identity import texts_in

pytestmark = pytest.mark.anyio

GROUP = "60000000-0000-4000-8000-000000000006"
DAEMON = "70000000-0000-4000-8000-000000000007"
ROLE = "access_as_application"
OF_APP: Changes = {"azp": DAEMON, "idtyp": "app", "scp": ..., "roles": [ROLE]}


def verifier_of(entra: Entra) -> Verifier:
    return create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url)


def caller_verifier_of(entra: Entra, **daemons: object) -> CallerVerifier:
    roles = {"roles": [ROLE], **daemons}
    return create_verifier(client_id=CLIENT, tenants=[TENANT], authority=entra.url, daemons=roles)


async def identity_of(entra: Entra, changes: Changes | None = None, version: str = "2.0") -> Identity:
    return await verifier_of(entra).verify(entra.token(changes, version=version))


async def refused(entra: Entra, changes: Changes, **daemons: object) -> TokenRefusedError:
    with pytest.raises(TokenRefusedError) as refusal:
        await caller_verifier_of(entra, **daemons).verify_caller(entra.token(changes))
    return refusal.value


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"scopes": ("access_as_user",), "roles": (), "groups": (), "groups_overage": False, "username": None}),
        ({"scp": "files.read  access_as_user"}, {"scopes": ("files.read", "access_as_user")}),
        ({"roles": ["Admin", "Reader"]}, {"roles": ("Admin", "Reader")}),
        ({"roles": "Admin"}, {"roles": ()}),
        ({"roles": ["Admin", 1]}, {"roles": ()}),
        ({"roles": ["Admin", " "]}, {"roles": ()}),
        ({"groups": [GROUP]}, {"groups": (GROUP,), "groups_overage": False}),
        ({"groups": GROUP}, {"groups": None, "groups_overage": False}),
        ({"groups": [GROUP, None]}, {"groups": None, "groups_overage": False}),
        ({"_claim_names": {"groups": "src1"}}, {"groups": None, "groups_overage": True}),
        ({"groups": [GROUP], "_claim_names": {"x": "src1"}}, {"groups": (GROUP,), "groups_overage": False}),
        ({"_claim_names": ["groups"], "groups": [GROUP]}, {"groups": (GROUP,), "groups_overage": False}),
        ({"hasgroups": True, "groups": [GROUP]}, {"groups": None, "groups_overage": True}),
        ({"hasgroups": False, "groups": [GROUP]}, {"groups": (GROUP,), "groups_overage": False}),
        ({"preferred_username": "adele@contoso.example"}, {"username": "adele@contoso.example"}),
        ({"upn": "adele@contoso.example"}, {"username": "adele@contoso.example"}),
        ({"preferred_username": 7, "unique_name": "adele"}, {"username": "adele"}),
        ({"preferred_username": ""}, {"username": None}),
    ],
)
async def test_an_identity_has_what_the_token_says(entra: Entra, changes: Changes, expected: dict[str, object]) -> None:
    identity = await identity_of(entra, changes)
    assert {name: getattr(identity, name) for name in expected} == expected
    assert (identity.key, identity.tenant_id, identity.object_id) == (IDENTIFIER, TENANT, OBJECT)


async def test_an_identity_ends_with_its_token_and_shows_no_claim_in_a_log(entra: Entra) -> None:
    identity = await identity_of(entra, {"secret": "of-the-user"})
    assert identity.expires_at == identity.claims["exp"]
    assert identity.claims["secret"] == "of-the-user" and "of-the-user" not in repr(identity)


async def test_an_identity_cannot_be_changed(entra: Entra) -> None:
    identity = await identity_of(entra)
    for name in ("key", "roles", "scopes"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(identity, name, ("Admin",))


async def test_two_tokens_of_a_user_give_equal_identities_where_they_say_the_same(entra: Entra) -> None:
    verifier = verifier_of(entra)
    one, other = [await verifier.verify(entra.token({"exp": 2_000_000_000, "uti": uti})) for uti in ("a", "b")]
    assert one == other and one is not other


@pytest.mark.parametrize("claim", [None, "Admin", {"Admin": 1}, ("Admin",), [["Admin"]], ["Admin", ""]])
def test_half_of_a_list_is_no_list(claim: object) -> None:
    assert texts_in(claim) is None


@pytest.mark.parametrize("version", ["1.0", "2.0"])
async def test_an_app_on_its_own_is_let_in_by_verify_caller_alone(entra: Entra, version: str) -> None:
    verifier = caller_verifier_of(entra)
    token = entra.token({**OF_APP, "appid": DAEMON}, version=version)
    caller = await verifier.verify_caller(token)
    assert isinstance(caller, AppIdentity) and not isinstance(caller, Identity)
    assert (caller.app_id, caller.tenant_id, caller.roles) == (DAEMON, TENANT, (ROLE,))
    assert caller.expires_at == caller.claims["exp"]
    assert await verifier.verify_caller_header(f"Bearer {token}") == caller
    for verify in (verifier.verify, verifier.verify_header):
        with pytest.raises(TokenRefusedError) as refusal:
            await verify(token if verify == verifier.verify else f"Bearer {token}")
        assert refusal.value.code == "not_an_access_token"


async def test_an_app_on_its_own_has_nothing_that_could_be_taken_for_a_user(entra: Entra) -> None:
    caller = await caller_verifier_of(entra).verify_caller(entra.token(OF_APP))
    assert not [name for name in ("key", "object_id", "scopes", "username") if hasattr(caller, name)]
    assert "a subject" not in repr(caller)


async def test_without_daemons_a_verifier_knows_no_apps(entra: Entra) -> None:
    verifier = verifier_of(entra)
    assert not isinstance(verifier, CallerVerifier) and not hasattr(verifier, "verify_caller")


async def test_verify_caller_gives_a_user_as_verify_does(entra: Entra) -> None:
    verifier, token = caller_verifier_of(entra), entra.token({"roles": [ROLE]})
    user = await verifier.verify_caller(token)
    assert user == await verifier.verify(token) and isinstance(user, Identity)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"idtyp": ...}, "not_an_access_token"),
        ({"idtyp": "App"}, "not_an_access_token"),
        ({"scp": "access_as_user"}, "not_an_access_token"),
        ({"scp": ""}, "not_an_access_token"),
        ({"cnf": {"kid": "k"}}, "not_an_access_token"),
        ({"roles": ["else"]}, "wrong_role"),
        ({"roles": ROLE}, "wrong_role"),
        ({"roles": ...}, "wrong_role"),
        ({"azp": ..., "appid": DAEMON}, "wrong_client"),
        ({"azp": DAEMON.upper().replace("7", "A")}, "wrong_client"),
        ({"aud": OTHER_TENANT}, "wrong_audience"),
        ({"oid": ...}, "token_invalid"),
        ({"exp": 1}, "token_expired"),
    ],
)
async def test_an_app_is_refused_as_in_typescript(entra: Entra, changes: Changes, code: str) -> None:
    assert (await refused(entra, {**OF_APP, **changes})).code == code


async def test_only_the_apps_that_are_named_are_let_in(entra: Entra) -> None:
    assert (await refused(entra, OF_APP, clients=[OTHER_TENANT])).code == "wrong_client"
    named = caller_verifier_of(entra, clients=[DAEMON.upper()])
    assert isinstance(await named.verify_caller(entra.token(OF_APP)), AppIdentity)


async def test_the_log_says_what_to_change_for_an_app(entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    verifier, log = caller_verifier_of(entra), logging.getLogger("twodoor.own")
    for changes in ({"roles": ["else"]}, {"idtyp": ...}):
        with pytest.raises(TokenRefusedError):
            await verifier.verify_caller_header(f"Bearer {entra.token({**OF_APP, **changes})}", log=log)
    said = [each.getMessage() for each in caplog.records if each.name == "twodoor.own"]
    assert f"`roles` has none of {ROLE}. Give the app one of these in its registration" in said[0]
    assert "add the optional claim `idtyp` to the access tokens" in said[1]


@pytest.mark.parametrize(
    "daemons",
    [{}, {"roles": []}, {"roles": ROLE}, {"roles": [""]}, {"roles": [ROLE], "clients": ["x"]}, {"x": [ROLE]}, [ROLE]],
)
def test_the_option_is_checked(daemons: object) -> None:
    with pytest.raises(ValueError, match=r"`daemons.* must be .*for example"):
        create_verifier(client_id=CLIENT, tenants=[TENANT], daemons=daemons)
