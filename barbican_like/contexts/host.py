"""The process in which task services run: one, or all the threads of a transaction.

``python -m barbican_like.contexts.host CONTEXT_FILE FRONT_ENDPOINT BACK_ENDPOINT [threads]`` is started by
the supervisor, which speaks to it over the channel that it inherits. A ``hello`` says which service it is, in
the main thread. With the word ``threads`` each ``start`` brings a service and its channel, for a thread.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from barbican_like.common import log
from barbican_like.common.errors import ConfigurationError
from barbican_like.contexts import classes
from barbican_like.contexts.channel import Channel, inherited
from barbican_like.contexts.definition import service_from_json
from barbican_like.contexts.surroundings import Listener, Place, World
from barbican_like.contexts.task import Stopping, TaskService

_LOG: Final = logging.getLogger("host")
_FAILED: Final = 1
_USAGE: Final = 2
_REASON_LENGTH: Final = 1000


class Hosted:
    """One service of this process, with its channel.

    :raises ConfigurationError: when its class cannot be had.
    """

    def __init__(self, place: Place, hello: Mapping[str, Any], channel: Channel) -> None:
        definition = service_from_json(hello["service"])
        self.id = definition.id
        self.stop_seconds = definition.stop_seconds
        self._channel = channel
        self._world = World(place, definition, hello, channel)
        found = classes.load_service(classes.services_folder(place.file), definition.instance)
        self._service: TaskService = found(definition, self._world)
        self._listener = Listener(place, self._service, self._fail)
        self._failure: Exception | None = None

    def stop(self) -> None:
        """Ask it to end."""
        self._service.stopping.set()

    def run(self) -> Exception | None:
        """Run it to its end; what it failed with."""
        try:
            self._listener.start()
            self._service.run()
        except Exception as error:  # noqa: BLE001 - whatever a task raises is its failure
            self._fail(error)
        finally:
            self._listener.stop()
            self._world.close()
        return self._failure

    def _fail(self, error: Exception) -> None:
        self._service.log.error("%s has failed", self.id, exc_info=error)
        self._failure = error
        self.stop()


class Host:
    """This process."""

    def __init__(self, place: Place, channel: Channel) -> None:
        self._place = place
        self._channel = channel
        self._threads: list[tuple[Hosted, threading.Thread]] = []
        self._ended = Stopping()
        self._is_orphaned = False
        self._stop_seconds = 0.0
        self._only: Hosted | None = None

    def run(self) -> int:
        """Run the one service that the supervisor names; returns the exit code."""
        first = self._channel.receive()
        if first is None:
            return _FAILED
        message, _ = first
        if message["word"] == "hello":
            return self._run_process(message)
        return _FAILED

    def run_threads(self) -> int:
        """Run the services that the supervisor starts, until it stops this process."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _on_sigterm(self._ended.set)
        threading.Thread(target=self._watch, name="supervisor", daemon=True).start()
        self._channel.send("ready")
        self._ended.wait()
        for hosted, thread in list(self._threads):
            hosted.stop()
            thread.join()
        if self._is_orphaned:
            self._kill_group()
        return 0

    def _run_process(self, hello: Mapping[str, Any]) -> int:
        self._only = only = Hosted(self._place, hello, self._channel)
        self._stop_seconds = only.stop_seconds
        _on_sigterm(only.stop)
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # of a terminal: the supervisor has it too, and says what to do
        threading.Thread(target=self._watch, name="supervisor", daemon=True).start()
        failure = only.run()
        if self._is_orphaned:
            self._kill_group()
        return 0 if failure is None else _FAILED

    def _watch(self) -> None:
        """Wait for the supervisor's end."""
        while (found := self._channel.receive()) is not None:
            self._take(*found)
        self._end_without_supervisor()

    def _take(self, message: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        if message["word"] == "start" and descriptors:
            self._start_thread(message, Channel(socket.socket(fileno=descriptors[0])))
        elif message["word"] == "stop" and self._only is not None:
            self._only.stop()

    def _start_thread(self, message: Mapping[str, Any], channel: Channel) -> None:
        try:
            hosted = Hosted(self._place, message, channel)
        except Exception as error:  # noqa: BLE001 - the code of a service may raise anything when it is imported
            _LOG.error("a service cannot be started", exc_info=error)
            _say_end(channel, error)
            return
        self._stop_seconds = max(self._stop_seconds, hosted.stop_seconds)
        thread = threading.Thread(target=_run_thread, args=(hosted, channel), name=hosted.id, daemon=True)
        thread.start()
        self._threads = [entry for entry in self._threads if entry[1].is_alive()] + [(hosted, thread)]
        threading.Thread(target=_hear_stop, args=(hosted, channel), daemon=True).start()

    def _end_without_supervisor(self) -> None:
        """It is gone: close all, and be gone in time."""
        self._is_orphaned = True
        killer = threading.Timer(self._stop_seconds, self._kill_group)
        killer.daemon = True
        killer.start()
        # As the supervisor would have: also for code that has taken SIGTERM for itself.
        os.kill(os.getpid(), signal.SIGTERM)
        if self._only is not None:
            self._only.stop()

    def _kill_group(self) -> None:
        """End this process, and all that it has started in its group."""
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(_FAILED)


def _on_sigterm(action: Callable[[], None]) -> None:
    """Do something on SIGTERM, on a thread: the main one may hold the lock of the event to be set."""

    def begin(*_: object) -> None:
        threading.Thread(target=action, daemon=True).start()

    signal.signal(signal.SIGTERM, begin)


def _run_thread(hosted: Hosted, channel: Channel) -> None:
    _say_end(channel, hosted.run())


def _say_end(channel: Channel, failure: Exception | None) -> None:
    reason = "" if failure is None else f"{type(failure).__name__}: {failure}"
    channel.send("ended", code=0 if failure is None else _FAILED, reason=reason[:_REASON_LENGTH])
    channel.close()


def _hear_stop(hosted: Hosted, channel: Channel) -> None:
    while (found := channel.receive()) is not None:
        if found[0]["word"] == "stop":
            hosted.stop()
    hosted.stop()


def main(arguments: Sequence[str]) -> int:
    """Run task services until they end; returns the exit code."""
    channel = inherited()
    if channel is None or len(arguments) not in {3, 4}:
        sys.stderr.write("host: this is started by the supervisor of a context\n")
        return _USAGE
    file, front, back = arguments[:3]
    log.configure(debug=False)
    host = Host(Place(file=Path(file), front_endpoint=front, back_endpoint=back), channel)
    try:
        return host.run_threads() if arguments[3:] == ["threads"] else host.run()
    except ConfigurationError as error:
        _LOG.error(error.message)
        return _FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
