"""What the apps of these tests say. Importing it registers the callbacks."""

import json
import struct
import zlib

import chainlit as cl

STARTER = "Greet me"


@cl.set_starters
async def starters(user, language=None):
    return [cl.Starter(label=STARTER, message="hello from the starter")]


@cl.on_message
async def answer(message: cl.Message):
    """Counts in the session, so that an answer tells whether it is still the same one."""
    count = cl.user_session.get("count", 0) + 1
    cl.user_session.set("count", count)
    user = cl.user_session.get("user")
    files = ", ".join(f"{each.name} ({len(open(each.path, 'rb').read())} bytes)" for each in message.elements)
    elements = [cl.Image(name="square", content=png(), display="inline")] if message.content == "image" else []
    text = f"{count}: {message.content}{files and f' with {files}'} from {user.identifier if user else 'nobody'}"
    print(f"app: answered {text}")
    await cl.Message(text, elements=elements).send()


@cl.on_chat_resume
async def resume(thread):
    print(f"app: resumed with count {cl.user_session.get('count', 0)}")


@cl.on_window_message
async def window_message(message):
    print(f"app: window message {json.dumps(message)}")
    if message == "Client: ping":
        await cl.send_window_message("Server: pong")


@cl.on_logout
def logout(request, response):
    print("app: logged out")
    return {"success": True}


def png(side: int = 8) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = (b"\x00" + b"\x20\x60\xc0" * side) * side
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
