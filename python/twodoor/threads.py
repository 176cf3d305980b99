"""Work beside the event loop."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

_Result = TypeVar("_Result")


def run_in_thread(work: Callable[[], _Result], name: str) -> Future[_Result]:
    """Nobody can cancel it, and it holds up no exit of the process."""
    done: Future[_Result] = Future()
    done.set_running_or_notify_cancel()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # whoever waits must not wait for good
            done.set_exception(error)

    try:
        Thread(target=run, name=name, daemon=True).start()
    except RuntimeError as error:  # the machine has no more threads, or the interpreter ends
        done.set_exception(error)
    return done
