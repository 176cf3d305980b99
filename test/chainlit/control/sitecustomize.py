"""Lets a test change the environment of a running Chainlit, which reads its secret from there at every call, and its
clock, and ends Chainlit when the test is gone. Python imports a module of this name when it starts: neither Chainlit nor the app knows.

The answers go to a pipe of their own: between those of Chainlit they would come in pieces.
"""

import os
import sys
import threading
import time

ANSWERS = 3  # the file descriptor, as server.ts opens it


now = time.time


def obey() -> None:
    for line in sys.stdin:
        name, _, value = line.rstrip("\n").partition("=")
        os.environ[name] = value
        os.write(ANSWERS, f"{name}\n".encode())
    os._exit(1)  # the other end of the pipe is closed


# Before anybody takes the clock from there.
time.time = lambda: now() + float(os.environ.get("CLOCK_AHEAD_S", "0"))

# The workers of uvicorn share the pipe with the process that starts them, and close it.
if not any("multiprocessing" in each for each in sys.orig_argv):
    threading.Thread(target=obey, daemon=True).start()
