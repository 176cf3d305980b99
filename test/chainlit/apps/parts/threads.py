"""The smallest data layer that has a thread history. It outlives a restart, in a file beside the app."""

import json
import os
from pathlib import Path

import chainlit as cl
from chainlit.data.base import BaseDataLayer
from chainlit.types import PageInfo, PaginatedResponse
from chainlit.utils import utc_now

FILE = Path(os.environ.get("CHAINLIT_APP_ROOT", os.getcwd())) / "threads.json"
PART = FILE.with_suffix(".part")


class Threads(BaseDataLayer):
    def __init__(self):
        kept = json.loads(FILE.read_text()) if FILE.exists() else {"users": {}, "threads": {}}
        self.users, self.threads = kept["users"], kept["threads"]

    def keep(self):
        # In one step: a test may end the server in the middle of it.
        PART.write_text(json.dumps({"users": self.users, "threads": self.threads}, default=str))
        PART.replace(FILE)

    async def get_user(self, identifier):
        kept = self.users.get(identifier)
        return cl.PersistedUser(**kept) if kept else None

    async def create_user(self, user):
        if os.environ.get("DATA_LAYER_DOWN"):
            raise ConnectionError("the database is down")
        kept = self.users.setdefault(user.identifier, {"id": user.identifier, "createdAt": utc_now()})
        kept.update(identifier=user.identifier, metadata=user.metadata, display_name=user.display_name)
        self.keep()
        return cl.PersistedUser(**kept)

    def thread(self, thread_id):
        new = {"id": thread_id, "createdAt": utc_now(), "name": None, "metadata": {}, "steps": [], "elements": []}
        return self.threads.setdefault(thread_id, {**new, "tags": [], "userId": None, "userIdentifier": None})

    async def update_thread(self, thread_id, name=None, user_id=None, metadata=None, tags=None):
        thread = self.thread(thread_id)
        if name is not None:
            thread["name"] = name
        if user_id is not None:
            thread.update(userId=user_id, userIdentifier=user_id)
        if metadata is not None:
            thread["metadata"] = {**thread["metadata"], **metadata}
        self.keep()

    async def get_thread(self, thread_id):
        return self.threads.get(thread_id)

    async def get_thread_author(self, thread_id):
        return (self.threads.get(thread_id) or {}).get("userIdentifier") or ""

    async def delete_thread(self, thread_id):
        self.threads.pop(thread_id, None)
        self.keep()

    async def list_threads(self, pagination, filters):
        own = [each for each in self.threads.values() if each["userId"] == filters.userId]
        own.sort(key=lambda each: each["createdAt"], reverse=True)
        return PaginatedResponse(pageInfo=PageInfo(hasNextPage=False, startCursor=None, endCursor=None), data=own)

    async def create_step(self, step_dict):
        steps = self.thread(step_dict["threadId"])["steps"]
        steps[:] = [each for each in steps if each["id"] != step_dict["id"]] + [step_dict]
        self.keep()
        print(f"app: kept {step_dict.get('output')}")

    update_step = create_step

    async def delete_step(self, step_id):
        for thread in self.threads.values():
            thread["steps"][:] = [each for each in thread["steps"] if each["id"] != step_id]
        self.keep()

    async def create_element(self, element):
        pass

    async def get_element(self, thread_id, element_id):
        return None

    async def delete_element(self, element_id, thread_id=None):
        pass

    async def upsert_feedback(self, feedback):
        return ""

    async def delete_feedback(self, feedback_id):
        return True

    async def get_favorite_steps(self, user_id):
        return []

    async def build_debug_url(self):
        return ""

    async def close(self):
        pass


if not os.environ.get("NO_THREADS"):

    @cl.data_layer
    def data_layer():
        return Threads()
