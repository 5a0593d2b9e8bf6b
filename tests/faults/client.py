"""A plain HTTP client of one connection, and a crowd of them."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from tests.faults.waiting import let_pass

Body = Mapping[str, Any]

KEY: Body = {
    "algorithm": "aes",
    "bit_length": 256,
    "mode": "cbc",
    "payload_content_type": "application/octet-stream",
}
PAIRS: Mapping[str, Body] = {
    "ed25519": {"algorithm": "ed25519", "bit_length": 256},
    "rsa": {"algorithm": "rsa", "bit_length": 2048},
    "rsa-4096": {"algorithm": "rsa", "bit_length": 4096},
}


def order(kind: str, name: str = "fault") -> Body:
    """The body of an order: ``aes``, or a name of :data:`PAIRS`."""
    if kind == "aes":
        return {"type": "key", "meta": {"name": name, **KEY}}
    return {"type": "asymmetric", "meta": {"name": name, **PAIRS[kind]}}


def secret(payload: str, **fields: str) -> Body:
    """The body that stores a text."""
    return {"payload": payload, "payload_content_type": "text/plain", **fields}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    content: bytes

    def json(self) -> Any:
        """The body, which must be JSON."""
        assert self.headers["content-type"].startswith("application/json"), self
        return json.loads(self.content)

    @property
    def made(self) -> str:
        """The id at the end of the reference that a POST gave."""
        (reference,) = self.json().values()
        return str(reference).rsplit("/", 1)[-1]


class Client:
    """One kept connection; after an error the next call makes a new one.

    :param timeout: seconds that one step of a call may take.
    """

    def __init__(self, port: int, *, project: str = "faults", timeout: float = 30) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self._project = project

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def call(self, method: str, path: str, body: Body | bytes | None = None, **headers: str) -> Answer:
        """One request; a JSON body is made of a mapping.

        :raises OSError: when the connection breaks before the whole answer is here.
        """
        sent = {"X-Project-Id": self._project, "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        try:
            self._connection.request(method, path, content, sent)
            response = self._connection.getresponse()
            found = response.read()
        except http.client.HTTPException as error:
            self._connection.close()
            raise ConnectionError(f"{type(error).__name__}: {error}") from error
        except OSError:
            self._connection.close()
            raise
        headers_found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, headers_found, found)

    def get(self, path: str, **headers: str) -> Answer:
        """GET."""
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Body) -> Answer:
        """POST JSON."""
        return self.call("POST", path, body)

    def order(self, kind: str) -> str:
        """Order something; its id."""
        answer = self.post("/v1/orders", order(kind))
        assert answer.status == 202, answer
        return answer.made

    def store(self, payload: str = "precious", **fields: str) -> str:
        """Store a text; its id."""
        answer = self.post("/v1/secrets", secret(payload, **fields))
        assert answer.status == 201, answer
        return answer.made

    def payload(self, secret_id: str) -> Answer:
        """A secret's payload in the form it is stored in."""
        return self.get(f"/v1/secrets/{secret_id}/payload", Accept="*/*")


@dataclass
class Tally:
    """What a crowd saw."""

    answers: list[tuple[str, Answer, float]] = field(default_factory=list)  # what was asked, answer, seconds
    broken: int = 0  # connections that broke before an answer

    def made(self, kind: str, status: int) -> list[str]:
        """Ids of what was asked for as ``kind`` and answered with ``status``."""
        return [answer.made for asked, answer, _ in self.answers if asked == kind and answer.status == status]

    def statuses(self) -> dict[int, int]:
        """How many answers had which status."""
        found: dict[int, int] = {}
        for _, answer, _ in self.answers:
            found[answer.status] = found.get(answer.status, 0) + 1
        return found

    def seconds(self, kind: str) -> list[float]:
        """How long the answers to ``kind`` took, sorted."""
        return sorted(seconds for asked, _, seconds in self.answers if asked == kind)


Ask = Callable[[Client, int], tuple[str, Answer]]


class Crowd:
    """Clients that call at the same time, each on a thread and a connection of its own.

    :param ask: makes one call, given a client and a number that grows; says what it asked and the answer.
    :param limit: calls in all; None: until :meth:`finish`.
    """

    def __init__(self, port: int, ask: Ask, *, clients: int = 4, limit: int | None = None) -> None:
        self.tally = Tally()
        self._port = port
        self._ask = ask
        self._limit = limit
        self._next = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run) for _ in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def wait(self) -> Tally:
        """Let every call of the limit be made; what was seen."""
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]
        return self.tally

    def finish(self) -> Tally:
        """Let calls under way end, then the same."""
        self._ended.set()
        return self.wait()

    def _run(self) -> None:
        with Client(self._port) as client:
            while not self._ended.is_set():
                with self._lock:
                    number = self._next
                    self._next += 1
                if self._limit is not None and number >= self._limit:
                    return
                try:
                    self._one(client, number)
                except AssertionError as error:
                    self._failures.append(error)
                    return

    def _one(self, client: Client, number: int) -> None:
        begun = time.monotonic()
        try:
            asked, answer = self._ask(client, number)
        except OSError:
            with self._lock:
                self.tally.broken += 1
            let_pass(0.02)  # the server is down: do not spin
            return
        with self._lock:
            self.tally.answers.append((asked, answer, time.monotonic() - begun))
