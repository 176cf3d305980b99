"""Microsoft Entra ID as far as a server sees it: tokens, and keys on loopback."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "c1111111-2222-4333-8444-555555555555"
TENANT = "11111111-2222-4333-8444-555555555555"
OTHER_TENANT = "22222222-2222-4333-8444-555555555555"
OBJECT = "a0000000-0000-4000-8000-000000000001"
TEAMS_WEB = "5e3ce6c0-2b1f-4285-8d4b-75ee78787346"
PRODUCTION = "https://login.microsoftonline.com"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
Changes = dict[str, object]


def jwk_of(key: rsa.RSAPrivateKey, kid: str, **more: object) -> dict[str, object]:
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig", **more}


class Entra:
    """Microsoft Entra ID as far as a server sees it: tokens, and keys on loopback."""

    def __init__(self) -> None:
        self.keys: list[dict[str, object]] = [jwk_of(KEY, "key-1")]
        self.status = 200
        self.body: bytes | None = None
        self.asked: list[str] = []
        self.minted: list[str] = []
        self.was_asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.url = ""
        self.forms: list[dict[str, str]] = []
        self.issued = 0
        self.token_answer: Callable[[dict[str, str]], tuple[int, object]] = self.issue

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(handler.path)
        self.was_asked.set()
        self.may_answer.wait(10)
        body = self.body if self.body is not None else json.dumps({"keys": self.keys}).encode()
        handler.send_response(self.status)
        handler.send_header("Location", "/elsewhere")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def answer_form(self, handler: BaseHTTPRequestHandler) -> None:
        """The token endpoint."""
        self.asked.append(handler.path)
        sent = handler.rfile.read(int(handler.headers["Content-Length"])).decode()
        self.forms.append({name: values[0] for name, values in parse_qs(sent).items()})
        self.was_asked.set()
        self.may_answer.wait(10)
        status, answer = self.token_answer(self.forms[-1])
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header("Location", f"{self.url}/elsewhere")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def issue(self, form: dict[str, str]) -> tuple[int, object]:
        """A token that nobody here can read, as those of Microsoft Graph."""
        self.issued += 1
        token = f"eyJ-of-graph-{self.issued}"
        return 200, {"token_type": "Bearer", "access_token": token, "expires_in": 3600, "scope": form["scope"]}

    def claims(self, changes: Changes | None = None, version: str = "2.0") -> dict[str, object]:
        now = int(time())
        claims: dict[str, object] = {"iat": now, "nbf": now, "exp": now + 3600, "tid": TENANT, "oid": OBJECT}
        claims |= {"sub": "a subject", "uti": "a-uti-of-tests", "name": "Adele Vance", "scp": "access_as_user"}
        if version == "2.0":
            claims |= {"iss": f"{self.url}/{TENANT}/v2.0", "aud": CLIENT, "azp": TEAMS_WEB, "ver": "2.0"}
        else:
            aud = f"api://chat.example.com/{CLIENT}"
            claims |= {"iss": f"{self.url}/{TENANT}/", "aud": aud, "appid": TEAMS_WEB, "ver": "1.0"}
        claims |= changes or {}
        return {name: value for name, value in claims.items() if value is not ...}

    def token(
        self,
        changes: Changes | None = None,
        *,
        version: str = "2.0",
        header: Changes | None = None,
        key: rsa.RSAPrivateKey = KEY,
    ) -> str:
        """A change to `...` takes the claim away. Signed by hand, since no library signs what tests need."""
        head = {"alg": "RS256", "typ": "JWT", "kid": "key-1"} | (header or {})
        return self.signed({k: v for k, v in head.items() if v is not ...}, self.claims(changes, version), key)

    def signed(self, head: object, claims: object, key: rsa.RSAPrivateKey = KEY) -> str:
        text = f"{encoded(json.dumps(head).encode())}.{encoded(json.dumps(claims).encode())}"
        signature = jwt.algorithms.RSAAlgorithm(hashes.SHA256).sign(text.encode(), key)
        self.minted.append(f"{text}.{encoded(signature)}")
        return self.minted[-1]


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


@contextmanager
def http_server(entra: Entra, context: ssl.SSLContext | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            entra.answer(self)

        def do_POST(self) -> None:
            entra.answer_form(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01))
    thread.start()
    try:
        yield f"{'http' if context is None else 'https'}://localhost:{server.server_address[1]}"
    finally:
        entra.may_answer.set()
        server.shutdown()
        server.server_close()
        thread.join()
