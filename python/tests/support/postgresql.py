"""A PostgreSQL server of the tests' own, where it is installed: Debian has its programs beside the path."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PASSWORD = "a-password-of-tests"
USER = "chat"


def find_programs() -> Path | None:
    """The folder that has them."""
    folders = [*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    on_path = shutil.which("pg_ctl")
    return next((each for each in folders if (each / "pg_ctl").is_file()), Path(on_path).parent if on_path else None)


@contextmanager
def running_server(programs: Path) -> Iterator[str]:
    """Its address, `127.0.0.1:<port>`."""
    with TemporaryDirectory(prefix="twodoor-postgresql-") as folder, closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        data, password = Path(folder) / "data", Path(folder) / "password"
        password.write_text(PASSWORD)
        as_other: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to be run by root
            as_other = {"user": "postgres", "group": "postgres"}
            shutil.chown(folder, "postgres", "postgres")
            shutil.chown(password, "postgres", "postgres")

        def run(program: str, *arguments: str) -> None:
            command = [str(programs / program), "-D", str(data), *arguments]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_other)

        run("initdb", "--auth=scram-sha-256", f"--username={USER}", f"--pwfile={password}", "--no-sync")
        free.close()
        settings = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -p {port}"
        run("pg_ctl", "-w", "-l", str(Path(folder) / "log"), "-o", settings, "start")
        try:
            yield f"127.0.0.1:{port}"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
