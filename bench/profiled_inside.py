"""The process that is looked at: `python -m bench.profiled_inside lives|pages SECONDS`, in the environment of the database under test.

Reads lives or readers from standard input, asks for them through the whole application without a server's loop, prints the shares.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BytesIO
from itertools import count
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from bench.profiled import Sampler, repeated, told  # noqa: E402
from config.addresses import Handler  # noqa: E402

APPLICATION: Any = Handler()
SERIAL = count()
MOST_PAGES = 40


def asked(
    method: str, target: str, fields: Mapping[str, str] = MappingProxyType({}), body: bytes = b""
) -> tuple[int, bytes]:
    """One request as a server hands it over; status and body. No client stands between that would be seen, too."""
    path, _, query = target.partition("?")
    said: list[str] = []
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": unquote(path), "QUERY_STRING": query, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
        "REMOTE_ADDR": "127.0.0.1", "SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "127.0.0.1", "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body), "wsgi.url_scheme": "http", "wsgi.errors": sys.stderr, **fields,
    }  # fmt: skip
    answer = APPLICATION(environ, lambda status, _headers, *_: said.append(status))
    try:
        told = b"".join(answer)
    finally:
        answer.close()
    return int(said[0].partition(" ")[0]), told


def lived(life: Sequence[dict[str, str]]) -> None:
    """One case through all its steps. Errors: SystemExit where a step is refused."""
    number, serial = "", next(SERIAL)
    for at, step in enumerate(life):
        fields = {
            "HTTP_AUTHORIZATION": f"Bearer {step['token']}", "HTTP_IDEMPOTENCY_KEY": f"looked-{os.getpid()}-{serial}-{at}",
            "CONTENT_TYPE": "application/json",
        }  # fmt: skip
        status, told = asked("POST", step["path"].format(number=number), fields, step["body"].encode())
        if status not in (200, 201):
            raise SystemExit(f"{step['name']}: {status} {told[:300].decode()}")
        number = number or json.loads(told)["receipt"]["case_no"]


def read(cookie: str, path: str) -> None:
    """One page. Errors: SystemExit where it is refused."""
    status, _ = asked("GET", path, {"HTTP_COOKIE": cookie, "HTTP_ACCEPT": "text/html"})
    if status != 200:
        raise SystemExit(f"{path}: {status}")


def pages(readers: Sequence[dict[str, Any]]) -> list[Callable[[], object]]:
    """Six lists, three cases and one page of figures of each reader, as P6 mixes them."""
    made: list[Callable[[], object]] = []
    for one in readers:
        wanted = [
            *(one["paths"]["list"] * 2)[:6],
            *(one["paths"]["detail"] * 3)[:3],
            one["paths"]["figures"][0],
        ]
        made += [partial(read, one["cookie"], path) for path in wanted]
    return made[:MOST_PAGES]


def main() -> None:
    """Warm, look, print."""
    given, steps = json.load(sys.stdin), sys.argv[1] == "lives"
    work = [partial(lived, life) for life in given] if steps else pages(given)
    repeated(work, 3.0)
    sampler, before = Sampler(), time.process_time()
    with sampler.looking():
        done = repeated(work, float(sys.argv[2]))
    requests = done * (len(given[0]) if steps else 1)
    print(told(sampler, requests, time.process_time() - before))


if __name__ == "__main__":
    main()
