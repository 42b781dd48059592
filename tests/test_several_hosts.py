"""What several processes on several hosts share: counted tries in the database, visitors' addresses behind proxies."""

import threading
from typing import Any

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.db import connections
from django.http import HttpResponse
from django.test import RequestFactory

from config.counters import Counters
from config.proxies import BehindProxies
from yichuang.effects.scheduling import tidy
from yichuang.kernel import sql


@pytest.mark.django_db
def test_a_counter_counts_and_ends() -> None:
    cache = Counters("", {})
    assert cache.get("a", 0) == 0
    assert (cache.add("a", 1, 900), cache.add("a", 1, 900)) == (True, False)
    assert (cache.incr("a"), cache.get("a"), cache.get("b")) == (2, 2, None)
    sql.execute("update effects_counter set until = now() - interval '1 second'")
    assert cache.get("a", 0) == 0
    with pytest.raises(ValueError, match="no counter"):
        cache.incr("a")
    assert cache.add("a", 7, None), "its time was over: it begins anew"
    cache.set("b", 3)
    assert (cache.get("a"), cache.get("b"), cache.delete("b"), cache.delete("b")) == (7, 3, True, False)
    with pytest.raises(NotImplementedError):
        cache.touch("a")
    sql.execute("update effects_counter set until = now() - interval '1 second'")
    assert tidy() == 1
    cache.clear()


def counted(cache: Any, tries: int = 8) -> int:
    """What is counted when four processes' threads count two tries each at once."""

    def count() -> None:
        try:
            for _ in range(tries // 4):
                if not cache.add("storm", 1, 900):
                    cache.incr("storm")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return int(cache.get("storm"))


def test_no_try_is_lost_between_processes(committed: dict[str, str]) -> None:
    assert counted(Counters("", {})) == 8


def test_counts_of_one_process_are_not_another_s(settings: Any) -> None:
    """The broken variant: each process counts for itself, so that a guesser has as many tries as there are processes."""
    first, second = LocMemCache("one", {}), LocMemCache("two", {})
    assert first.add("storm", 1, 900)
    assert second.get("storm") is None


@pytest.mark.parametrize(
    ("forwarded", "proxies", "seen"),
    [
        ("198.51.100.7", 1, "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7", 1, "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7, 10.0.0.2", 2, "198.51.100.7"),
        ("", 1, "10.0.0.1"),
        ("198.51.100.7", 2, "10.0.0.1"),
    ],
    ids=["one", "what the visitor sent is not believed", "two", "none", "round the proxies"],
)
def test_a_visitor_is_who_the_outermost_proxy_saw(
    settings: Any, forwarded: str, proxies: int, seen: str
) -> None:
    settings.PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
    answers: list[str] = []

    def view(asked: Any) -> HttpResponse:
        answers.append(asked.META["REMOTE_ADDR"])
        return HttpResponse()

    BehindProxies(view)(request)
    assert answers == [seen]
