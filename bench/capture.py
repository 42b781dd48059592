"""What each step of a life sends to the database: `python -m bench.capture`, in the environment of the database under test.

Reads lives from standard input, lives each once in this process through the very addresses that the load uses, and writes for
every step its answer, its statements, and the writes among them with their values turned into pgbench's language. So the limit
writes exactly the rows that the site writes, by the same statements, without a line of Python in between.
"""

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import django
import psycopg
from psycopg import sql

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.test import Client  # noqa: E402

from yichuang.kernel import sql as runner  # noqa: E402

WRITES = re.compile(r"\b(insert\s+into|update\s+\S+\s+(\S+\s+)?set|delete\s+from)\b", re.IGNORECASE)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PLACE = re.compile(r"%(?:\((?P<name>\w+)\))?s|%%")
GIVES_HASH = re.compile(r"\bselect\s+[^;]*\bfact\.hash\b[^;]*\bfrom\s+fact\s*$", re.IGNORECASE)
QUOTED = re.compile(r"'(?:[^']|'')*'")
KEY = re.compile(r"life-\d+-\d+")


@dataclass
class Recorder:
    """Every statement of this process, with its values, from the moment it stands."""

    sent: list[tuple[str, Any]] = field(default_factory=list)

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Record until the end of the block."""
        before, run, both = psycopg.Cursor.execute, runner._run, runner.both

        def execute(cursor: Any, query: Any, params: Any = None, **options: Any) -> Any:
            # The runner's own are noted where their values still have names.
            if not isinstance(cursor, psycopg.RawCursor):
                self.sent.append((query.decode() if isinstance(query, bytes) else str(query), params))
            return before(cursor, query, params, **options)

        def noted(statement: str, params: Any, **options: Any) -> Any:
            self.sent.append((statement, params))
            return run(statement, params, **options)

        psycopg.Cursor.execute = execute  # type: ignore[method-assign, assignment]
        runner._run = noted  # type: ignore[assignment]
        # What is sent in one message is noted one by one.
        runner.both = lambda first, second: (runner.rows(*first), runner.rows(*second))
        try:
            yield
        finally:
            psycopg.Cursor.execute = before  # type: ignore[method-assign]
            runner._run, runner.both = run, both


@dataclass
class Names:
    """The values that are new in every life, by the names that pgbench knows them under."""

    since: int
    ids: dict[UUID, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    def of(self, name: str | None, value: Any) -> str | None:
        """How a value of a new life is written; None for one that is the same in every life."""
        if name == "prev_hash":
            return "cast(:hash as bytea)"
        if name == "row_version":
            # Another life has rows of its own, and nobody but it moves them: their state guards them alone.
            return "null"
        if isinstance(value, UUID) and value.int >> 80 >= self.since and value.version == 7:
            return f"cast(:{self.ids.setdefault(value, f'id{len(self.ids)}')} as uuid)"
        if isinstance(value, str) and KEY.fullmatch(value):
            return f"cast(:{self.keys.setdefault(value, f'key{len(self.keys)}')} as text)"
        return None


def is_write(statement: str) -> bool:
    """Whether a statement changes rows."""
    return bool(WRITES.search(COMMENT.sub("", statement)))


def without_colons(inside: str) -> str:
    """What stands between quotes, as SQL in which pgbench finds no variable: it looks for them even there."""
    if ":" not in inside:
        return f"'{inside}'"
    return "E'" + inside.replace("\\", "\\\\").replace(":", "\\x3a") + "'"


def literal(value: Any) -> str:
    """A value as SQL, without colons."""
    text = sql.Literal(value).as_string(None).strip()
    head, quote, rest = text.partition("'")
    if not quote or ":" not in rest.rpartition("'")[0]:
        return text
    inside, _, tail = rest.rpartition("'")
    if head.strip().upper() not in ("E", ""):
        return text
    body = inside if head.strip().upper() == "E" else inside.replace("\\", "\\\\")
    return "E'" + body.replace(":", "\\x3a") + "'" + tail


def rendered(statement: str, params: Any, names: Names) -> str:
    """A statement with its values in place; what is new in every life stands as pgbench's variable."""
    text = QUOTED.sub(lambda found: without_colons(found[0][1:-1]), COMMENT.sub("", statement).strip())
    if not params:
        return text
    given = iter(params) if not isinstance(params, dict) else None

    def value(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        one = params[found["name"]] if given is None else next(given)
        return names.of(found["name"], one) or literal(one)

    return PLACE.sub(value, text)


def step_text(sent: list[tuple[str, Any]], names: Names) -> str:
    """The writes of one step as pgbench runs them: one statement alone, several as a transaction."""
    lines = []
    for statement, params in sent:
        if is_write(statement):
            text = rendered(statement, params, names)
            lines.append(text + (" \\gset" if GIVES_HASH.search(text) else ";"))
    if len(lines) > 1:
        lines = ["begin;", *lines, "end;"]
    return "\n".join(re.sub(r"\n\s*", " ", line) for line in lines)


def fresh_values(names: Names) -> str:
    """The first line of a script: the ids and keys of a new life."""
    clock = "lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')"
    noise = "md5(random()::text || clock_timestamp()::text)"
    ids = [
        f"overlay(overlay({clock} || substr({noise}, 1, 20) placing '7' from 13) placing '8' from 17) as {name}"
        for name in names.ids.values()
    ]
    keys = [f"'limit-' || {noise} as {name}" for name in names.keys.values()]
    return f"select {', '.join([*ids, *keys])} \\gset"


def lived(client: Any, life: list[dict[str, Any]], number: int) -> dict[str, Any]:
    """Live once; what every step sent, and the script of the limit."""
    names = Names(int(time.time() * 1000) - 1000)
    case_no, steps, script = "", [], []
    for at, step in enumerate(life):
        recorder = Recorder()
        with recorder.standing():
            answer = client.post(
                step["path"].format(number=case_no), step["body"], content_type="application/json",
                headers={"authorization": f"Bearer {step['token']}", "idempotency-key": f"life-{number}-{at}"},
                HTTP_HOST="127.0.0.1",
            )  # fmt: skip
        if answer.status_code not in (200, 201):
            raise SystemExit(f"{step['name']}: {answer.status_code} {answer.content[:800].decode()}")
        case_no = case_no or json.loads(answer.content)["receipt"]["case_no"]
        writes = [one for one, _ in recorder.sent if is_write(one)]
        script.append(step_text(recorder.sent, names))
        steps.append(
            {
                "name": step["name"], "statements": len(recorder.sent), "writes": len(writes),
                "texts": [" ".join(COMMENT.sub("", one).split())[:160] for one, _ in recorder.sent],
            }
        )  # fmt: skip
    return {"steps": steps, "script": "\n".join([fresh_values(names), *script]) + "\n"}


def main() -> None:
    """Every life twice: the first warms what a process keeps, the second is told."""
    client = Client()
    lives = json.load(sys.stdin)
    for number, life in enumerate(lives):
        lived(client, life, number)
    told = [lived(client, life, len(lives) + number) for number, life in enumerate(lives)]
    json.dump(told, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main()
