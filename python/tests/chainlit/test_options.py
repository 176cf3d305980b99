"""Arguments of setup() that are wrong."""

from __future__ import annotations

import pytest
from chat import start
from entra import PRODUCTION, TENANT, Changes, Entra


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"client_id": "my app"}, r"`client_id` must be a GUID, for example '1+-.*, not 'my app'\."),
        ({"client_id": None}, r"`client_id` .*, not NoneType\."),
        ({"tenants": TENANT}, r"`tenants` must be a list of tenant GUIDs, or 'any-organization', for example \['1+-"),
        ({"tenants": []}, r"`tenants` .*, not \[\]\."),
        ({"tenants": ["common"]}, r"`tenants\[0\]` .*, not 'common'\."),
        ({"public_origin": "chat.example.com"}, r"`public_origin\[0\]` must be an https origin .*, for example 'http"),
        ({"public_origin": "http://chat.example.com"}, r"`public_origin\[0\]`"),
        ({"public_origin": "https://chat.example.com/chat"}, r"`public_origin\[0\]`"),
        ({"public_origin": "https://user:secret@chat.example.com"}, r"not '…chat.example.com'\."),
        ({"public_origin": "https://chat.example.com:443"}, r"`public_origin\[0\]`"),
        ({"public_origin": "*"}, r"`public_origin\[0\]`"),
        ({"public_origin": []}, r"`public_origin`"),
        ({"audiences": "api://mine"}, r"`audiences` must be a list of audiences, for example \['api://"),
        ({"audiences": [""]}, r"`audiences\[0\]`"),
        ({"scopes": []}, r"`scopes`"),
        ({"scopes": ["api://mine/access_as_user"]}, r"`scopes\[0\]` .*for example 'access_as_user'"),
        ({"clients": ["teams"]}, r"`clients\[0\]`"),
        ({"clients": []}, r"`clients`"),
        ({"authority": f"{PRODUCTION}/common"}, r"`authority` .*, for example 'https://login.microsoftonline.com'"),
        ({"authority": "http://login.example"}, r"`authority`"),
        ({"frame_ancestors": "https://a.example"}, r"`frame_ancestors`"),
        ({"frame_ancestors": ["https://a.example;script-src"]}, r"`frame_ancestors\[0\]`"),
        ({"frame_ancestors": ["https://a.example\r\nX: y"]}, r"`frame_ancestors\[0\]`"),
        ({"oauth_providers": [None]}, r"`oauth_providers\[0\]` .*'generic'.*, not NoneType"),
    ],
)
def test_a_wrong_argument_is_named_with_a_valid_example(entra: Entra, options: Changes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        start(entra, **options)
