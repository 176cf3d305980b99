"""Arguments of create_verifier() that are wrong: what is said of them, word for word."""

from __future__ import annotations

import pytest
from chat import ORIGIN
from entra import CLIENT, PRODUCTION, TEAMS_WEB, TENANT, Changes

from twodoor.tokens import ANY_HOST, ANY_ORGANIZATION, MICROSOFT_CLIENTS, Verifier, create_verifier
from twodoor.tokens.options import VerifierSettings

GUID = "'11111111-2222-3333-4444-555555555555'"
AN_ORIGIN = "an https origin in lower case and without a path (http on loopback only)"
WRONG: list[tuple[Changes, str]] = [
    ({"client_id": "my app"}, f"`client_id` must be a GUID, for example {GUID}, not 'my app'."),
    ({"client_id": None}, f"`client_id` must be a GUID, for example {GUID}, not NoneType."),
    (
        {"tenants": TENANT},
        f"`tenants` must be a list of tenant GUIDs, or 'any-organization', for example [{GUID}], not '{TENANT}'.",
    ),
    (
        {"tenants": [TENANT, "common"]},
        f"`tenants[1]` must be a list of tenant GUIDs, or 'any-organization', for example {GUID}, not 'common'.",
    ),
    (
        {"tenants": ()},
        f"`tenants` must be a list of tenant GUIDs, or 'any-organization', for example [{GUID}], not ().",
    ),
    (
        {"tenants": {TENANT}},
        f"`tenants` must be a list of tenant GUIDs, or 'any-organization', for example [{GUID}], not set.",
    ),
    ({"clients": []}, f"`clients` must be a list of GUIDs, for example [{GUID}], not []."),
    ({"clients": ["x" * 300]}, f"`clients[0]` must be a list of GUIDs, for example {GUID}, not '{'x' * 200}'."),
    ({"clients": "x" * 300}, f"`clients` must be a list of GUIDs, for example [{GUID}], not '{'x' * 199}."),
    (
        {"audiences": [" "]},
        f"`audiences[0]` must be a list of audiences, for example 'api://example.com/{CLIENT}', not ' '.",
    ),
    (
        {"audiences": "api://mine"},
        f"`audiences` must be a list of audiences, for example ['api://example.com/{CLIENT}'], not 'api://mine'.",
    ),
    ({"scopes": []}, "`scopes` must be a list of scopes, for example ['access_as_user'], not []."),
    ({"scopes": ["a b"]}, "`scopes[0]` must be a list of scopes, for example 'access_as_user', not 'a b'."),
    ({"scopes": ["x://y"]}, "`scopes[0]` must be a list of scopes, for example 'access_as_user', not 'x://y'."),
    ({"public_origin": 7}, f"`public_origin` must be {AN_ORIGIN}, for example ['https://chat.example.com'], not int."),
    (
        {"public_origin": [ORIGIN, "https://u:p@a.example?q=secret#f\nX"]},
        f"`public_origin[1]` must be {AN_ORIGIN}, for example 'https://chat.example.com', not '…a.example…'.",
    ),
    (
        {"public_origin": "https://u:p\n@a.example"},
        f"`public_origin[0]` must be {AN_ORIGIN}, for example 'https://chat.example.com', not '…a.example'.",
    ),
    ({"authority": f"{PRODUCTION}/common"}, f"`authority` must be {AN_ORIGIN}, for example '{PRODUCTION}', not "),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=[f"{each}"[:60] for each, _ in WRONG])
def test_a_wrong_argument_is_named_in_these_words(options: Changes, message: str) -> None:
    with pytest.raises(ValueError) as wrong:
        create_verifier(**{"client_id": CLIENT, "tenants": [TENANT], **options})
    assert str(wrong.value).startswith(message)


def settings_of(**options: object) -> VerifierSettings:
    verifier: Verifier = create_verifier(**{"client_id": CLIENT, "tenants": [TENANT], **options})
    return verifier._settings


def test_what_is_not_said_is_as_strict_as_can_be() -> None:
    assert settings_of() == VerifierSettings(
        client_id=CLIENT,
        tenants=(TENANT,),
        audiences=(),
        hosts=ANY_HOST,
        scopes=("access_as_user",),
        clients=(CLIENT, *MICROSOFT_CLIENTS),
        authority=PRODUCTION,
    )


def test_what_is_said_is_kept_as_entra_writes_it() -> None:
    options = {"client_id": CLIENT.upper(), "public_origin": (f"{ORIGIN}/", "http://localhost:3000")}
    more = {"audiences": ["api://Mine"], "scopes": ("read", "write"), "clients": [TEAMS_WEB.upper()]}
    assert settings_of(**options, **more, tenants=ANY_ORGANIZATION, authority=f"{PRODUCTION}/") == VerifierSettings(
        client_id=CLIENT,
        tenants=ANY_ORGANIZATION,
        audiences=("api://Mine",),
        hosts=("chat.example.com", "localhost:3000"),
        scopes=("read", "write"),
        clients=(TEAMS_WEB,),
        authority=PRODUCTION,
    )


def test_a_list_of_tenants_makes_any_host_right() -> None:
    assert settings_of(public_origin=ORIGIN).hosts == ANY_HOST
    assert settings_of(tenants=ANY_ORGANIZATION).hosts == ()
