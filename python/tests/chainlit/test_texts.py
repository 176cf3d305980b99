"""The language of the questions in the chat."""

from __future__ import annotations

import pytest

from twodoor.chainlit.texts import texts_in


@pytest.mark.parametrize(
    ("language", "button"),
    [
        ("en-US", "Sign in"),
        ("de-AT", "Anmelden"),
        ("fr", "Se connecter"),
        ("es-MX", "Iniciar sesión"),
        ("pt-BR", "Entrar"),
        ("ja", "サインイン"),
        ("zh", "登录"),
        ("zh-CN", "登录"),
        ("zh-Hans-HK", "登录"),
        ("zh-TW", "登入"),
        ("ZH-hk", "登入"),
        ("zh-Hant", "登入"),
        ("nl", "Sign in"),
        ("", "Sign in"),
    ],
)
def test_it_is_that_of_the_browser_or_english(language: str, button: str) -> None:
    assert texts_in(language).sign_in_button == button


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "pt", "ja", "zh", "zh-TW"])
def test_every_language_names_the_scopes(language: str) -> None:
    assert "User.Read" in texts_in(language).permission.format(scopes="User.Read")
