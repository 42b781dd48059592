"""Django's cache as counters in the database: what limits tries must hold for every process of every host together.

The platform keeps nothing else in a cache: pages and figures are quick without one.
"""

from collections.abc import Callable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

LONGEST_SECONDS = 30 * 86_400
GET = "select value from effects_counter where name = %s and until > now()"
SET = """
insert into effects_counter (name, value, until) values (%s, %s, now() + make_interval(secs => %s))
on conflict (name) do update set value = excluded.value, until = excluded.until
"""
# A counter whose time is over counts as absent.
ADD = f"{SET} where effects_counter.until <= now()"
INCREASE = "update effects_counter set value = value + %s where name = %s and until > now() returning value"
DELETE = "delete from effects_counter where name = %s"
CLEAR = "delete from effects_counter"


class Counters(BaseCache):
    """Integers by name, each until its time is over; every operation is one atomic statement."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def add(self, key: str, value: int, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Begin a counter; False where it counts already."""
        return bool(_run(ADD, [self.make_key(key, version), value, self._seconds(timeout)]))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The count, else the default."""
        return _value(GET, [self.make_key(key, version)], lambda: default)

    def set(self, key: str, value: int, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Set a counter, whatever it was."""
        _run(SET, [self.make_key(key, version), value, self._seconds(timeout)])

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Count on. Raises ValueError where nothing counts (its time was over a moment ago)."""

        def absent() -> int:
            raise ValueError(f"no counter {key!r}")

        return int(_value(INCREASE, [delta, self.make_key(key, version)], absent))

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Never: a counter ends when it was said that it would."""
        raise NotImplementedError

    def delete(self, key: str, version: int | None = None) -> bool:
        """Forget a counter; whether there was one."""
        return bool(_run(DELETE, [self.make_key(key, version)]))

    def clear(self) -> None:
        """Forget every counter."""
        _run(CLEAR, [])

    def _seconds(self, timeout: Any) -> float:
        chosen = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return LONGEST_SECONDS if chosen is None else min(float(chosen), LONGEST_SECONDS)


def _run(sql: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


def _value(sql: str, parameters: list[Any], absent: Callable[[], Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        row = cursor.fetchone()
    return absent() if row is None else row[0]
