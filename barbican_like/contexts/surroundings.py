"""How a running task service reaches the rest of the world: the supervisor, the bus, the key manager."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from barbican_like.contexts.channel import Channel
from barbican_like.contexts.definition import TaskService as Definition
from barbican_like.contexts.messages import OWN_TOPICS, Sender, Unsendable, frames, message
from barbican_like.contexts.task import TaskService

if TYPE_CHECKING:
    from barbican_like.contexts.key_manager import KeyManager
    from barbican_like.contexts.sockets import Publisher

_LISTEN_SECONDS: Final = 0.1
"""How long a listener that has to end may go on waiting for a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a service runs: what the command line of its process says."""

    file: Path  # the context's
    front_endpoint: str  # of the bus, for subscribers
    back_endpoint: str  # and for publishers

    @property
    def keys(self) -> Path:
        """The folder of the bus's keys."""
        return self.file.parent.parent / "Keys"


class World:
    """The surroundings of one service. Connections are made when they are first used."""

    def __init__(
        self, place: Place, definition: Definition, hello: Mapping[str, Any], channel: Channel
    ) -> None:
        self.place = place
        self._channel = channel
        self._sender = Sender(
            service_name=definition.name,
            service_id=definition.id,
            transaction=str(hello["transaction"]),
            life=f"{definition.id}.{hello['life']}",
        )
        self._context_id = str(hello["context_id"])
        self._numbers: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._publisher: Publisher | None = None
        self._key_manager: KeyManager | None = None

    def say(self, word: str, **fields: object) -> bool:
        """Tell the supervisor something; whether it is still there."""
        return self._channel.send(word, **fields)

    def publish(self, topic: str, content: Mapping[str, Any]) -> None:
        """Send a message over the bus, from any thread.

        :raises Unsendable: for a topic of the context, or content that is too large or no JSON.
        """
        if not topic or topic in OWN_TOPICS or " " in topic:
            raise Unsendable(f"a service cannot speak on the topic {topic!r}")
        with self._lock:
            parts = frames(topic, message(self._sender, "publish", self._numbers[topic] + 1, content))
            if self._publisher is None:
                from barbican_like.contexts.sockets import Publisher

                self._publisher = Publisher(self.place.back_endpoint, self.place.keys)
            self._publisher.send(parts)
            self._numbers[topic] += 1

    def secret(self, reference: str) -> bytes:
        """Fetch a secret from the key manager, now.

        :raises SecretUnavailable: when it does not give it.
        """
        with self._lock:
            if self._key_manager is None:
                from barbican_like.contexts.key_manager import KeyManager, credentials

                consumer = f"{self._context_id}/{self._sender.transaction}/{self._sender.service_id}"
                self._key_manager = KeyManager(credentials(self.place.file), consumer)
            return self._key_manager.fetch(reference)

    def close(self) -> None:
        """Give back what was connected; what is under way has a second to leave."""
        with self._lock:
            if self._publisher is not None:
                self._publisher.close()


class Listener:
    """Gives a task the messages of its topics, on a thread.

    :param fail: is told what the task raised; then no more messages come.
    """

    def __init__(self, place: Place, service: TaskService, fail: Callable[[Exception], None]) -> None:
        self._place = place
        self._service = service
        self._fail = fail
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)
        self._is_wanted = bool(service.task_class.topics)

    def start(self) -> None:
        """Begin; nothing where the task has no topics."""
        if self._is_wanted:
            self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._ended.set()
        if self._is_wanted and self._thread.ident is not None:
            self._thread.join()

    def _listen(self) -> None:
        from barbican_like.contexts.sockets import Subscriber

        topics = self._service.task_class.topics
        subscriber = Subscriber(self._place.front_endpoint, self._place.keys, topics)
        try:
            while not self._ended.is_set():
                found = subscriber.receive(_LISTEN_SECONDS)
                if found is not None and found[0] in topics and self._service.is_prepared.is_set():
                    task = self._service.task
                    assert task is not None  # noqa: S101 - it is prepared
                    task.on_message(*found)
        except Exception as error:  # noqa: BLE001 - whatever a task raises is its failure
            self._fail(error)
        finally:
            subscriber.close()
