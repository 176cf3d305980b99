"""Apps in folders and processes of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import sleep

import pytest
from chat import ORIGIN
from entra import CLIENT, TENANT, Entra
from places import EXAMPLE

APP = """
import chainlit as cl
from twodoor.chainlit import setup

auth = setup(client_id="{client}", tenants=["{tenant}"], public_origin="{origin}", authority="{authority}")

@cl.header_auth_callback
async def header_auth(headers):
    return await auth.user(headers)

@cl.on_message
async def answer(message):
    pass
"""


def app_of(entra: Entra, **changes: str) -> str:
    return APP.format(**{"client": CLIENT, "tenant": TENANT, "origin": ORIGIN, "authority": entra.url, **changes})


def in_a_folder(folder: Path, code: str, arguments: list[str], **more: str) -> subprocess.CompletedProcess[str]:
    prepare(folder)
    (folder / "app.py").write_text(code)
    command = [sys.executable, *arguments]
    variables = environment(folder, **more)
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120)


def prepare(folder: Path) -> None:
    shutil.copytree(EXAMPLE / ".chainlit", folder / ".chainlit", ignore=shutil.ignore_patterns("translations"))


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "CHAINLIT_APP_ROOT": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **more}


@contextmanager
def running_example(folder: Path, **more: str) -> Iterator[str]:
    """The app.py of demo/chainlit, run as people run it, until it has said where it is."""
    prepare(folder)
    shutil.copy(EXAMPLE / "app.py", folder)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "chainlit", "run", "app.py", "--headless", "--port", str(port)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen(command, cwd=folder, env=environment(folder, **more), **streams)
    assert process.stdout is not None
    try:
        said = ""
        for line in process.stdout:
            said += line
            if "Your app is available" in line:
                break
        else:
            pytest.fail(said)
        wait_until_it_listens(port, process)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def wait_until_it_listens(port: int, process: subprocess.Popen[str]) -> None:
    """Chainlit says that it is available while it starts, just before it listens."""
    for _ in range(600):
        with suppress(ConnectionRefusedError), socket.create_connection(("localhost", port)):
            return
        if process.poll() is not None:
            break
        sleep(0.05)
    pytest.fail(f"It does not listen at port {port}.")
