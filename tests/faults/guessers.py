"""Callers who send wrong passwords in a loop, in a process of their own.

    python -m tests.faults.guessers PORT NUMBER NAME [NAME ...]

Half of them send one password again and again, the others a fresh one each time. They stop when standard
input ends, and print how often each status came.
"""

import base64
import http.client
import itertools
import json
import sys
import threading
from collections import Counter
from contextlib import suppress


def guess(port: int, names: list[str], fresh: bool, ended: threading.Event, seen: Counter[int]) -> None:
    """Ask until the end, without a pause."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for number in itertools.count():
        if ended.is_set():
            break
        password = f"{threading.get_ident()}-{number}" if fresh else "outdated"
        token = base64.b64encode(f"{names[number % len(names)]}:{password}".encode()).decode()
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/v1/secrets", headers={"Authorization": f"Basic {token}"})
            answer = connection.getresponse()
            answer.read()
            seen[answer.status] += 1
            continue
        connection.close()
    connection.close()


def main() -> None:
    """Guess until standard input ends."""
    port, number, *names = sys.argv[1:]
    ended = threading.Event()
    seen: list[Counter[int]] = [Counter() for _ in range(int(number))]
    threads = [
        threading.Thread(target=guess, args=(int(port), names, place % 2 == 0, ended, mine))
        for place, mine in enumerate(seen)
    ]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    ended.set()
    for thread in threads:
        thread.join()
    sys.stdout.write(json.dumps(sum(seen, Counter())))


if __name__ == "__main__":
    main()
