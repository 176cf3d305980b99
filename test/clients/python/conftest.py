import json
import os
import subprocess
import sys
from typing import Any

import pytest

# fastapi-azure-auth needs it.
collect_ignore = ["test_fastapi.py"] if sys.version_info < (3, 11) else []


class Entra:
    """The emulated Entra ID of the test that has started this process."""

    def __init__(self) -> None:
        settings: dict[str, Any] = json.loads(os.environ["ENTRA"])
        self.authority: str = settings["authority"]
        self.tenant: str = settings["tenant"]
        self.client_id: str = settings["clientId"]
        self.scope: str = settings["scope"]
        self.secret: str = settings["secret"]
        self.redirect_uri: str = settings["redirectUri"]
        self.certificate: str = settings["certificate"]
        self.browser: str = settings["browser"]
        self.tokens: dict[str, str] = settings["tokens"]
        self.private_key: str = settings["privateKey"]
        self.public_certificate: str = settings["publicCertificate"]

    def sign_in(self, url: str) -> dict[str, str]:
        """What comes back to a web app once Adele has signed in in her browser."""
        program = [self.browser, url, "--print"]
        answer = subprocess.run(program, check=True, capture_output=True, text=True).stdout
        fields: dict[str, str] = json.loads(answer)
        return fields


@pytest.fixture
def entra() -> Entra:
    return Entra()
