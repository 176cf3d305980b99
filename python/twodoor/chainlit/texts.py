"""What a question in the chat says, in the language of the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Texts:
    sign_in: str
    sign_in_button: str
    permission: str
    """With `{scopes}`."""
    confirm: str
    go_on_button: str
    not_now_button: str


_ENGLISH: Final = Texts(
    "To go on, the app needs you to sign in again.",
    "Sign in",
    "To go on, the app needs your permission: {scopes}",
    "To go on, the app needs you to confirm that it is you.",
    "Continue",
    "Not now",
)
_TEXTS: Final = {
    "en": _ENGLISH,
    "de": Texts(
        "Um fortzufahren, melden Sie sich bitte erneut an.",
        "Anmelden",
        "Um fortzufahren, braucht die App Ihre Zustimmung: {scopes}",
        "Um fortzufahren, bestätigen Sie bitte, dass Sie es sind.",
        "Weiter",
        "Nicht jetzt",
    ),
    "fr": Texts(
        "Pour continuer, veuillez vous reconnecter.",
        "Se connecter",
        "Pour continuer, l’application a besoin de votre autorisation : {scopes}",
        "Pour continuer, veuillez confirmer votre identité.",
        "Continuer",
        "Pas maintenant",
    ),
    "es": Texts(
        "Para continuar, vuelva a iniciar sesión.",
        "Iniciar sesión",
        "Para continuar, la aplicación necesita su permiso: {scopes}",
        "Para continuar, confirme que es usted.",
        "Continuar",
        "Ahora no",
    ),
    "pt": Texts(
        "Para continuar, entre novamente.",
        "Entrar",
        "Para continuar, o aplicativo precisa da sua permissão: {scopes}",
        "Para continuar, confirme que é você.",
        "Continuar",
        "Agora não",
    ),
    "ja": Texts(
        "続行するには、もう一度サインインしてください。",
        "サインイン",
        "続行するには、アプリにあなたの許可が必要です: {scopes}",
        "続行するには、本人確認をしてください。",
        "続行",
        "後で",
    ),
    "zh": Texts(
        "若要继续，请重新登录。",
        "登录",
        "若要继续，应用需要您的许可：{scopes}",
        "若要继续，请确认是您本人。",
        "继续",
        "暂不",
    ),
    "zh-hant": Texts(
        "若要繼續，請重新登入。",
        "登入",
        "若要繼續，應用程式需要您的許可：{scopes}",
        "若要繼續，請確認是您本人。",
        "繼續",
        "暫時不要",
    ),
}
_TRADITIONAL: Final = frozenset({"hant", "tw", "hk", "mo"})
"""The script, and where it is usual."""


def texts_in(language: str) -> Texts:
    """language: as browsers say it, `de-AT`. English for those that are not here."""
    name, *more = language.lower().split("-")
    if name == "zh" and "hans" not in more and not _TRADITIONAL.isdisjoint(more):
        name = "zh-hant"
    return _TEXTS.get(name, _ENGLISH)
