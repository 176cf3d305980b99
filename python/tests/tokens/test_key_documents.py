"""Which keys are used, and how they come here."""

from __future__ import annotations

import datetime
import ipaddress
import json
import ssl
from pathlib import Path

import jwt
import pytest
from chat import exchange, headers_with, refusals, start
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from entra import KEY, OTHER_KEY, OTHER_TENANT, PRODUCTION, TENANT, Entra, encoded, http_server, jwk_of

pytestmark = pytest.mark.anyio

WEAK_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
FOREIGN: dict[str, dict[str, object]] = {
    "for encryption": jwk_of(KEY, "key-1", use="enc"),
    "for another algorithm": jwk_of(KEY, "key-1", alg="RS512"),
    "of another issuer": jwk_of(KEY, "key-1", issuer=f"{PRODUCTION}/{OTHER_TENANT}/v2.0"),
    "without an ID": {name: value for name, value in jwk_of(KEY, "").items() if name != "kid"},
    "that is no key": {"kid": "key-1", "kty": "RSA", "n": "!", "e": "AQAB"},
    "that is private": {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY)), "kid": "key-1"},
    "that is symmetric": {"kid": "key-1", "kty": "oct", "k": encoded(b"k" * 32)},
    "of an elliptic curve": {
        **json.loads(jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key())),
        "kid": "key-1",
    },
}


@pytest.mark.parametrize("jwk", [*FOREIGN.values(), "no object"], ids=[*FOREIGN.keys(), "that is no object"])
async def test_a_key_that_signs_no_tokens_of_this_tenant_is_left_out(
    entra: Entra, caplog: pytest.LogCaptureFixture, jwk: dict[str, object]
) -> None:
    auth = start(entra)
    entra.keys = [jwk, jwk_of(OTHER_KEY, "key-2")]
    assert not await auth.user(headers_with(entra.token()))
    assert "The authority has no key of that name." in refusals(caplog)
    assert await auth.user(headers_with(entra.token(header={"kid": "key-2"}, key=OTHER_KEY)))


async def test_a_key_that_is_too_short_is_left_out(entra: Entra) -> None:
    auth = start(entra)
    entra.keys = [jwk_of(WEAK_KEY, "key-1")]
    assert not await auth.user(headers_with(entra.token(key=WEAK_KEY)))


@pytest.mark.parametrize("issuer", ["{tenantid}", TENANT])
async def test_a_key_may_name_its_issuer(entra: Entra, issuer: str) -> None:
    auth = start(entra)
    entra.keys = [jwk_of(KEY, "key-1", issuer=f"{entra.url}/{issuer}/v2.0")]
    assert await auth.user(headers_with(entra.token()))


async def test_keys_come_through_the_proxy_of_the_environment(entra: Entra, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, entra.url = entra.url, "http://entra.localhost:9"
    monkeypatch.setenv("HTTP_PROXY", proxy)
    auth = start(entra)
    assert await auth.user(headers_with(entra.token()))
    assert entra.asked == [f"{entra.url}/{TENANT}/discovery/v2.0/keys"]


async def test_keys_come_from_an_authority_with_a_certificate_of_ones_own(
    entra: Entra, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_for("localhost", tmp_path / "localhost.pem"))
    with http_server(entra, context) as entra.url:
        start(entra)
        assert (await exchange(entra.token())).status_code == 503
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "localhost.pem"))
        start(entra)
        assert (await exchange(entra.token())).status_code == 200


def certificate_for(host: str, file: Path) -> Path:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    tomorrow = now + datetime.timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), x509.random_serial_number(), now, tomorrow)
    certificate = builder.add_extension(names, critical=False).sign(KEY, hashes.SHA256())
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    key = KEY.private_bytes(encoding, form, serialization.NoEncryption())
    file.write_bytes(key + certificate.public_bytes(encoding))
    return file
