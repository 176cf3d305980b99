import os
from typing import Any

import msal
import pytest
from conftest import Entra

ADELE = "adele@contoso.example"


def settings(entra: Entra) -> dict[str, Any]:
    # Microsoft is not asked about a cloud that is not its own.
    own = {"instance_discovery": False} if "OWN_AUTHORITY" in os.environ else {}
    return {"client_id": entra.client_id, "authority": entra.authority, **own}


def web_app(entra: Entra, **changes: Any) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        **{"client_credential": entra.secret, **settings(entra), **changes}
    )


def sign_in(entra: Entra, app: msal.ConfidentialClientApplication) -> dict[str, Any]:
    flow = app.initiate_auth_code_flow([entra.scope], redirect_uri=entra.redirect_uri)
    result: dict[str, Any] = app.acquire_token_by_auth_code_flow(flow, entra.sign_in(flow["auth_uri"]))
    return result


def test_a_web_app_signs_in_a_user_with_a_code_and_pkce(entra: Entra) -> None:
    result = sign_in(entra, web_app(entra))
    assert "access_token" in result, result
    claims = result["id_token_claims"]
    assert (claims["preferred_username"], claims["tid"]) == (ADELE, entra.tenant)


def test_a_web_app_takes_a_token_from_its_cache_and_renews_it(entra: Entra) -> None:
    app = web_app(entra)
    result = sign_in(entra, app)
    [account] = app.get_accounts(username=ADELE)
    silent = app.acquire_token_silent_with_error([entra.scope], account=account)
    assert (silent["token_source"], silent["access_token"]) == ("cache", result["access_token"])
    renewed = app.acquire_token_silent_with_error([entra.scope], account=account, force_refresh=True)
    assert renewed["token_source"] == "identity_provider"
    assert renewed["access_token"] != result["access_token"]


def test_another_process_goes_on_with_the_cache_of_the_first(entra: Entra) -> None:
    cache = msal.SerializableTokenCache()
    sign_in(entra, web_app(entra, token_cache=cache))
    copy = msal.SerializableTokenCache()
    copy.deserialize(cache.serialize())
    later = web_app(entra, token_cache=copy)
    [account] = later.get_accounts()
    assert "access_token" in later.acquire_token_silent([entra.scope], account=account)


def test_an_answer_to_another_request_is_refused(entra: Entra) -> None:
    app = web_app(entra)
    flow = app.initiate_auth_code_flow([entra.scope], redirect_uri=entra.redirect_uri)
    answer = entra.sign_in(flow["auth_uri"])
    with pytest.raises(ValueError, match="state mismatch"):
        app.acquire_token_by_auth_code_flow(flow, {**answer, "state": "of somebody else"})


def test_a_wrong_secret_is_named_by_its_number(entra: Entra) -> None:
    result = sign_in(entra, web_app(entra, client_credential="guess"))
    assert (result["error"], result["error_codes"]) == ("invalid_client", [7000215])


def test_a_server_gets_a_token_on_behalf_of_a_user(entra: Entra) -> None:
    result = web_app(entra).acquire_token_on_behalf_of(entra.tokens["good"], ["User.Read"])
    assert "access_token" in result, result
    assert result["id_token_claims"]["preferred_username"] == ADELE


def test_a_server_gets_nothing_for_a_token_of_another_api(entra: Entra) -> None:
    result = web_app(entra).acquire_token_on_behalf_of(entra.tokens["foreign"], ["User.Read"])
    assert (result["error"], result["error_codes"]) == ("invalid_grant", [500131])


def test_a_server_gets_a_token_of_its_own_with_a_secret_and_with_a_certificate(entra: Entra) -> None:
    scopes = [f"{entra.scope.rpartition('/')[0]}/.default"]
    for proof in (entra.secret, {"private_key": entra.private_key, "public_certificate": entra.public_certificate}):
        result = web_app(entra, client_credential=proof).acquire_token_for_client(scopes)
        assert "access_token" in result, result


def test_a_desktop_app_signs_in_a_user_in_the_browser_of_the_system(entra: Entra) -> None:
    app = msal.PublicClientApplication(**settings(entra))
    result = app.acquire_token_interactive([entra.scope], timeout=60)
    assert "access_token" in result, result
    [account] = app.get_accounts()
    renewed = app.acquire_token_silent_with_error([entra.scope], account=account, force_refresh=True)
    assert renewed["token_source"] == "identity_provider"
