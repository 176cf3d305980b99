"""Sockets that outlive their token, on python-socketio: the server's half of docs/socket-protocol.md, with the rules of
`protectSockets` of `twodoor/server`.

    from twodoor import create_verifier
    from twodoor.socketio import protect_sockets

    sio = socketio.AsyncServer(async_mode="asgi")
    protection = protect_sockets(sio, create_verifier(client_id="…", tenants=["…"]))

    @sio.event
    async def connect(sid, environ, auth):
        await sio.enter_room(sid, protection.identity(sid).key)

Needs python-socketio 5.11 or later. What is refused is in the log `twodoor.socketio`, with the code and without the
token. Leave `engineio_logger` off: it logs all that is received.
"""

from ..tokens import Identity, TokenRefusedError
from .check import TokenVerifier
from .protection import Protection, protect_sockets

__all__ = ["Identity", "Protection", "TokenRefusedError", "TokenVerifier", "protect_sockets"]
