"""Lets a test change the environment of a running Chainlit, which reads its secret from there at every call, and ends
Chainlit when the test is gone. Python imports a module of this name when it starts: neither Chainlit nor the app knows.
"""

import os
import sys
import threading


def obey() -> None:
    for line in sys.stdin:
        name, _, value = line.rstrip("\n").partition("=")
        os.environ[name] = value
        print(f"control: {name} is set", flush=True)
    os._exit(1)  # the other end of the pipe is closed


threading.Thread(target=obey, daemon=True).start()
