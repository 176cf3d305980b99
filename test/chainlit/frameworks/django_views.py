"""The views and the urls of a Django, with the two lines of help(twodoor.create_verifier)."""

from __future__ import annotations

import asyncio
import os

from django.http import HttpRequest, JsonResponse
from django.urls import path
from twodoor import TokenRefusedError, create_verifier

env = os.environ
verifier = create_verifier(client_id=env["CLIENT_ID"], tenants=[env["TENANT"]], authority=env["AUTHORITY"])


async def async_me(request: HttpRequest) -> JsonResponse:
    try:
        identity = await verifier.verify_header(request.headers.get("Authorization"))
    except TokenRefusedError as refused:
        return JsonResponse({"code": refused.code}, status=refused.status, headers=refused.headers)
    return JsonResponse({"key": identity.key})


def me(request: HttpRequest) -> JsonResponse:
    try:
        identity = asyncio.run(verifier.verify_header(request.headers.get("Authorization")))
    except TokenRefusedError as refused:
        return JsonResponse({"code": refused.code}, status=refused.status, headers=refused.headers)
    return JsonResponse({"key": identity.key})


urlpatterns = [path("me", me), path("async/me", async_me)]
