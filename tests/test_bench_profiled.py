"""The looking at where time goes: every file belongs to one part, every look is counted once, nothing stands afterwards."""

import signal
import time
from collections import Counter
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import profiled
from bench.profiled import OTHER, PARTS, Sampler, part_of, repeated, shares, told

VENV = "/x/.venv/lib/python3.11/site-packages"


@pytest.mark.parametrize(
    ("path", "part"),
    [
        (f"{VENV}/psycopg/cursor.py", "the database driver"), ("/x/yichuang/kernel/sql.py", "the runner of statements"),
        (f"{VENV}/django/db/models/query.py", "Django's ORM and connections"), (f"{VENV}/django/contrib/sessions/middleware.py", "middleware"),
        (f"{VENV}/django/core/handlers/base.py", "Django's requests and routing"), (f"{VENV}/jinja2/runtime.py", "templates"),
        ("/x/yichuang/home/templates/desk.html", "templates"), ("/x/config/front_door.py", "middleware"),
        ("/x/yichuang/cases/commands/step.py", "the case and its rules"), ("/x/yichuang/journal/commands/facts.py", "facts, keys, canonical text"),
        ("/usr/lib/python3.11/json/encoder.py", "JSON"), ("/usr/lib/python3.11/inspect.py", OTHER), ("<frozen importlib._bootstrap>", OTHER),
        ("C:\\x\\yichuang\\home\\pages\\desk.py", "pages"), ("/x/yichuang/halls/pages.py", "other rooms"), ("", OTHER),
    ],
)  # fmt: skip
def test_a_source_file_belongs_to_its_part(path: str, part: str) -> None:
    assert part_of(path) == part


def test_every_room_of_the_house_has_a_part() -> None:
    root = Path(profiled.__file__).resolve().parent.parent
    for room in (one for one in (root / "yichuang").iterdir() if (one / "__init__.py").exists()):
        assert part_of(str(room / "queries" / "one.py")) != OTHER, room.name
    assert len({mark for mark, _ in PARTS}) == len(PARTS)


def test_no_part_is_hidden_behind_an_earlier_one() -> None:
    """The broken variant sorts the table: Django as a whole comes before its ORM, and everything is routing."""
    for place, (mark, part) in enumerate(PARTS):
        hidden = [
            earlier for earlier, other in PARTS[:place] if earlier in f"/x/{mark}/y.py" and other != part
        ]
        assert hidden == [], mark


def frame() -> FrameType:
    found = next(iter([one for one in [__import__("sys")._getframe()] if one]))
    assert isinstance(found, FrameType)
    return found


def test_a_look_counts_the_innermost_once_and_a_stack_without_end_not_twice() -> None:
    sampler = Sampler()
    sampler.tick(0, frame())
    sampler.tick(0, None)
    assert sampler.parts == Counter({OTHER: 1})
    assert not [name for name in sampler.functions if not name.startswith(("yichuang/", "config/"))]

    def deep(level: int) -> None:
        if level:
            deep(level - 1)
        else:
            sampler.tick(0, frame())

    deep(30)
    assert sampler.parts[OTHER] == 2
    assert all(count <= 2 for count in sampler.functions.values())


def test_work_is_seen_and_the_handler_of_before_stands_again() -> None:
    before = signal.getsignal(signal.SIGPROF)
    sampler = Sampler()
    with sampler.looking(0.002):
        end = time.process_time() + 0.1
        while time.process_time() < end:
            sum(range(1000))
    assert sampler.parts.total() >= 5
    assert signal.getsignal(signal.SIGPROF) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    with pytest.raises(RuntimeError, match="work"), sampler.looking():
        raise RuntimeError("work")
    assert signal.getsignal(signal.SIGPROF) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 50), min_size=1), st.integers(1, 9))
def test_shares_fall_and_are_of_the_whole(counted: dict[str, int], most: int) -> None:
    counter = Counter(counted)
    found = shares(counter, counter.total(), most)
    assert len(found) <= most
    values = [share for _, share in found]
    assert values == sorted(values, reverse=True)
    if counter.total() and most >= len(counted):
        assert sum(values) == pytest.approx(1.0, abs=0.001 * len(counted))
    assert shares(counter, 0, most) == []


def test_what_is_told_names_requests_time_and_parts() -> None:
    sampler = Sampler(Counter({"JSON": 3, OTHER: 1}), Counter({"config/front_door.py:machine": 2}))
    text = told(sampler, 100, 0.25)
    assert text.splitlines()[0] == "100 requests, 2.50 ms processor time each, 4 looks"
    assert " 75.0%  JSON" in text
    assert " 50.0%  config/front_door.py:machine" in text
    assert text.index("JSON") < text.index(OTHER)
    assert "0 requests, 0.00 ms" in told(Sampler(), 0, 0.0)


def test_work_is_repeated_whole_until_the_time_is_over() -> None:
    seen: list[str] = []
    work = [lambda: seen.append("a"), lambda: seen.append("b")]
    assert repeated(work, 0.0) == 0
    done = repeated([*work, lambda: time.sleep(0.01)], 0.05)
    assert done % 3 == 0
    assert done == len(seen) + done // 3
    assert seen == ["a", "b"] * (done // 3)
