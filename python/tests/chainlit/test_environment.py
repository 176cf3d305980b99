"""The arguments of setup() in environment variables."""

from __future__ import annotations

import pytest
from chainlit.server import app
from chat import ORIGIN
from entra import CLIENT, OTHER_TENANT, TENANT, Entra

from twodoor.chainlit import setup
from twodoor.chainlit.environment import arguments_in

ENOUGH = {"TWODOOR_CLIENT_ID": CLIENT, "TWODOOR_TENANTS": TENANT}


@pytest.mark.parametrize(
    ("variables", "arguments"),
    [
        ({}, {}),
        ({"PATH": "/bin", "TWODOOR_CLIENT_ID": f" {CLIENT} "}, {"client_id": CLIENT}),
        ({"TWODOOR_TENANTS": f"{TENANT}, {OTHER_TENANT}"}, {"tenants": [TENANT, OTHER_TENANT]}),
        ({"TWODOOR_TENANTS": "any-organization"}, {"tenants": "any-organization"}),
        ({"TWODOOR_PUBLIC_ORIGIN": ORIGIN}, {"public_origin": [ORIGIN]}),
        ({"TWODOOR_PUBLIC_ORIGIN": ""}, {}),
        ({"TWODOOR_ROLES": "Chat.User Chat.Admin"}, {"roles": ["Chat.User", "Chat.Admin"]}),
        ({"TWODOOR_SECRET": " a b,c "}, {"secret": "a b,c"}),
        ({"TWODOOR_PAGE_SIGN_IN": "click"}, {"page": {"sign-in": "click"}}),
    ],
)
def test_variables_are_arguments(variables: dict[str, str], arguments: dict[str, object]) -> None:
    assert arguments_in(variables) == arguments


def test_a_variable_that_nobody_reads_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`TWODOOR_TENANT` is no variable of twodoor. They are TWODOOR_CLIENT_ID"):
        arguments_in({"TWODOOR_TENANT": TENANT})


def test_setup_takes_them(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ENOUGH, "TWODOOR_PUBLIC_ORIGIN": ORIGIN, "TWODOOR_AUTHORITY": entra.url}.items():
        monkeypatch.setenv(name, value)
    setup.from_environment(scopes=["chat"])
    verifier = app.state.twodoor._settings.verifier
    assert (verifier.client_id, verifier.tenants, verifier.scopes) == (CLIENT, (TENANT,), ("chat",))
    assert verifier.authority == entra.url


@pytest.mark.parametrize("missing", [*ENOUGH])
def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name in {*ENOUGH} - {missing}:
        monkeypatch.setenv(name, ENOUGH[name])
    with pytest.raises(ValueError, match=f"Set {missing} in the environment"):
        setup.from_environment()
