"""Drawing in a process of its own: found, shared, started again, ended; a spec that ends it takes nobody along."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.gateways import drawing, drawing_engine, engines, framing
from yichuang.gateways.charts import Bar, bars
from yichuang.gateways.drawing import Draughtsman, address, draughtsman
from yichuang.gateways.engines import Engine, Kind
from yichuang.gateways.framing import FAREWELL, HELLO, Gone, receive, send
from yichuang.kernel.errors import Unavailable

SPEC = bars("题", "件", [Bar("甲", 1)])
# A sign that XML refuses; `charts` takes it away, and on it the engine ends its process.
DEADLY = bars("题", "件", [Bar("甲\x01", 1)])


@pytest.fixture
def one() -> Iterator[Draughtsman]:
    """An engine of this test alone."""
    made = Draughtsman(address("test", os.urandom(8)))
    yield made
    made.close()


def pid_of(one: Draughtsman) -> int:
    """The engine's process, which this one has started."""
    assert one._child is not None
    return one._child.pid


def gone(pid: int, seconds: float = 10) -> bool:
    """Whether the process ends in time; one that only waits to be asked for its end counts as ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


# Messages.


@given(st.binary(max_size=5000), st.binary(max_size=50))
def test_what_is_sent_is_received(first: bytes, second: bytes) -> None:
    here, there = socket.socketpair()
    with here, there:
        send(here, first)
        send(here, second)
        here.shutdown(socket.SHUT_WR)
        assert (receive(there), receive(there)) == (first, second)
        with pytest.raises(Gone):
            receive(there)


@pytest.mark.parametrize("said", [b"", b"\0\0", b"\0\0\0\5four", b"\xff\xff\xff\xff" + b"x" * 9])
def test_a_message_broken_off_or_without_measure_is_none(said: bytes) -> None:
    here, there = socket.socketpair()
    with here, there:
        here.sendall(said)
        here.close()
        with pytest.raises(Gone):
            receive(there)


def test_the_longest_message_is_taken_and_one_byte_more_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framing, "MOST_BYTES", 4)
    here, there = socket.socketpair()
    with here, there:
        send(here, b"four")
        assert receive(there) == b"four"
        send(here, b"fifth")
        with pytest.raises(Gone, match="length"):
            receive(there)


def test_a_neighbour_of_another_user_is_told_from_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = socket.socketpair()
    with here, there:
        assert framing.same_user(there)
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        assert not framing.same_user(there)


# The engine's own arithmetic, without its process.


def engine_says(monkeypatch: pytest.MonkeyPatch, *answers: str | Exception) -> list[str]:
    """Let the library answer so, one after the other; `{}` is the mark of the call. Gives the marks."""
    rest, marks = list(answers), list[str]()

    def answer(spec: dict[str, Any]) -> str:
        marks.append(spec["background"])
        found = rest.pop(0) if len(rest) > 1 else rest[0]
        if isinstance(found, Exception):
            raise found
        return found.replace("{}", marks[-1])

    monkeypatch.setattr("vl_convert.vegalite_to_svg", answer)
    return marks


def test_an_answer_out_of_turn_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = engine_says(
        monkeypatch, "<svg>another's</svg>", ValueError("an earlier call's failure"), '<svg><rect fill="{}"/></svg>'
    )  # fmt: skip
    assert drawing_engine.drawn(SPEC, "white") == '<svg><rect fill="white"/></svg>'
    assert len(set(marks)) == len(marks) == 3


def test_only_the_ground_is_coloured(monkeypatch: pytest.MonkeyPatch) -> None:
    engine_says(monkeypatch, '<rect fill="{}"/><path fill="{}"/>')
    found = drawing_engine.drawn(SPEC, "none")
    assert found.startswith('<rect fill="none"/><path fill="mark-')


@pytest.mark.parametrize(
    ("said", "words"), [("<svg/>", "out of turn"), (ValueError("no such mark"), "no such mark")]
)
def test_an_engine_that_never_answers_us_is_asked_four_times(
    said: str | Exception, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    marks = engine_says(monkeypatch, said)
    with pytest.raises(ValueError, match=words):
        drawing_engine.drawn(SPEC, "none")
    assert len(marks) == 4


@pytest.mark.parametrize(
    "request_", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'{"spec": 1, "ground": "none"}', b'{"svg": "<svg/>"}', b"null"]
)  # fmt: skip
def test_a_request_that_is_none_is_refused_in_words(request_: bytes) -> None:
    answer = drawing_engine.answered(request_)
    assert answer[:1] == b"-"
    assert len(answer) > 5


def test_the_address_tells_engines_apart_and_is_the_same_everywhere(tmp_path: Path) -> None:
    told = {address(), address(None), address(tmp_path), address("test")}
    assert len(told) == 4
    assert all(one[:1] == b"\0" and len(one) < 108 and str(os.geteuid()).encode() in one for one in told)
    code = "from yichuang.gateways.drawing import address; print(address(None).hex())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert bytes.fromhex(said.strip()) == address(None)


def test_other_sources_are_another_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an update nobody speaks to the engine of before."""
    before = address(None)
    other = tmp_path / "drawing_engine.py"
    other.write_bytes(drawing._SOURCES[0].read_bytes() + b"\n")
    monkeypatch.setattr(drawing, "_SOURCES", (other, *drawing._SOURCES[1:]))
    assert address(None) != before


# The process.


def test_one_engine_draws_for_many_threads_and_a_second_caller(one: Draughtsman) -> None:
    specs = [bars("题", "件", [Bar(f"第{n}", n)]) for n in range(12)]
    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(one.svg, specs))
    assert all(f"第{n}：{n}件" in found for n, found in enumerate(drawn))
    second = Draughtsman(one.address)
    assert second.svg(specs[3]) == drawn[3]
    assert second._child is None
    engine = pid_of(one)
    # The library stays where it belongs, and the engine knows no secret of ours.
    held = Path(f"/proc/{engine}/environ").read_bytes()
    assert {name.partition(b"=")[0].decode() for name in held.split(b"\0") if name} <= {
        *engines._ENVIRONMENT,
        "TZ",
    }
    one.close(0)
    assert "第1" in second.svg(specs[1])
    second.close()
    assert gone(engine)


def test_a_spec_that_ends_the_engine_is_refused_and_the_next_is_drawn(one: Draughtsman) -> None:
    first = one.svg(SPEC)
    with pytest.raises(ValueError, match="ended over this"):
        one.svg(DEADLY)
    assert one.svg(SPEC) == first
    with pytest.raises(ValueError, match="conversion failed"):
        one.svg({**SPEC, "layer": [{"mark": "no such mark"}]})
    engine = pid_of(one)
    os.kill(engine, signal.SIGKILL)
    assert one.svg(SPEC) == first
    assert pid_of(one) != engine


def test_an_engine_that_hangs_is_given_up_and_left(one: Draughtsman) -> None:
    one.svg(SPEC)
    engine = pid_of(one)
    os.kill(engine, signal.SIGSTOP)
    with pytest.raises(Unavailable, match="没有在限定时间内画完"):
        one.svg(SPEC, seconds=0.2)
    os.kill(engine, signal.SIGCONT)
    # The answer that came too late is nobody's: the next call has a connection of its own.
    assert "乙：7件" in one.svg(bars("题", "件", [Bar("乙", 7)]))


def test_who_waits_too_long_for_the_turn_is_told(one: Draughtsman) -> None:
    with one._turn, pytest.raises(Unavailable, match="限定时间"):
        one.svg(SPEC, seconds=0.05)


def test_an_engine_that_does_not_start_is_told_in_words(
    one: Draughtsman, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.kind = replace(one.kind, module="this_is_no_module_of_ours")
    with pytest.raises(Unavailable, match="没有启动"):
        one.svg(SPEC)


def test_a_stranger_at_the_address_gets_no_spec() -> None:
    at = address("stranger", os.urandom(8))
    heard: list[bytes] = []

    def stranger(listening: socket.socket) -> None:
        for _ in range(engines._TRIES):
            line, _ = listening.accept()
            with line:
                send(line, b"drawing 0")
                line.settimeout(5)
                heard.append(line.recv(100))

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(at)
        listening.listen()
        thread = threading.Thread(target=stranger, args=(listening,))
        thread.start()
        with pytest.raises(Unavailable, match="没有启动"):
            Draughtsman(at).svg(SPEC)
        thread.join(10)
    assert heard == [b""] * engines._TRIES


PARENT = """
import os, sys, time
from yichuang.gateways.charts import Bar, bars
from yichuang.gateways.drawing import Draughtsman
one = Draughtsman(bytes.fromhex(sys.argv[1]))
drawn = one.svg(bars("题", "件", [Bar("甲", 1)]))
if os.fork() == 0:
    same = one.svg(bars("题", "件", [Bar("甲", 1)])) == drawn
    os._exit(0 if same and one._child is None else 1)
forked = os.wait()[1]
assert one.svg(bars("题", "件", [Bar("甲", 1)])) == drawn
assert "vl_convert" not in sys.modules
print(one._child.pid, forked, flush=True)
time.sleep(60)
"""


def test_a_fork_has_its_own_connection_and_a_killed_parent_leaves_no_engine() -> None:
    at = address("parent", os.urandom(8)).hex()
    with subprocess.Popen([sys.executable, "-c", PARENT, at], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        engine, forked = map(int, parent.stdout.readline().split())
        assert forked == 0
        parent.kill()
    assert gone(engine)


HELD = """
import sys
from yichuang.gateways.charts import Bar, bars
from yichuang.gateways.drawing import Draughtsman
one = Draughtsman(bytes.fromhex(sys.argv[1]))
one.svg(bars("题", "件", [Bar("甲", 1)]))
print(one._child.pid, flush=True)
sys.stdin.readline()
one.leave()
"""


def test_who_reads_our_errors_does_not_wait_for_the_engine() -> None:
    at = address("errors", os.urandom(8))
    other = Draughtsman(at)
    with subprocess.Popen(
        [sys.executable, "-c", HELD, at.hex()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as starter:  # fmt: skip
        assert starter.stdout is not None
        engine = int(starter.stdout.readline())
        # It goes on for others when the one that started it is gone; what that one said ends with it.
        other.svg(SPEC)
        assert starter.communicate("\n", timeout=drawing_engine.IDLE_SECONDS / 2) == ("", "")
        assert starter.returncode == 0
        assert not gone(engine, 0.1)
    other.close()
    assert gone(engine)


def test_what_an_engine_said_last_is_logged_once(
    one: Draughtsman, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("WARNING", logger=engines.__name__):
        one.svg(SPEC)
        os.kill(pid_of(one), signal.SIGKILL)
        one.svg(SPEC)
        assert caplog.messages == [], "it said nothing"
        one.close()
        one.kind = replace(one.kind, module="yichuang.gateways.no_engine")
        with pytest.raises(Unavailable, match="没有启动"):
            one.svg(SPEC)
    assert caplog.messages
    assert all("No module named" in said for said in caplog.messages)


# Longer than a busy machine takes to let us ask something of whom we have just reached.
IDLE = 2.0


def served(idle: float, limit: int = 5, most: int = 2**40) -> subprocess.Popen[bytes]:
    """The engine's loop in a process of its own, its drawing replaced by a sleep of so many seconds."""
    code = (
        "import socket, sys, time\nfrom yichuang.gateways.engine_serving import serve\n"
        "answered = lambda request: (time.sleep(float(request)), b'+done')[1]\n"
        f"serve(socket.socket(fileno=int(sys.argv[1])), answered, idle={idle}, limit={limit}, most={most})"
    )
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address("served", os.getpid(), idle, limit, most))
        listening.listen()
        return subprocess.Popen(
            [sys.executable, "-c", code, str(listening.fileno())], pass_fds=[listening.fileno()]
        )


def test_the_engine_ends_when_idle_and_when_a_drawing_takes_too_long() -> None:
    with served(idle=IDLE) as idle, served(idle=30, limit=1) as slow:
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(address("served", os.getpid(), IDLE, 5, 2**40))
            assert receive(line) == HELLO
            send(line, b"0")
            assert receive(line) == b"+done"
            # Connected, and silent: it goes by itself.
            assert idle.wait(10 + IDLE) == 0
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(address("served", os.getpid(), 30, 1, 2**40))
            assert receive(line) == HELLO
            send(line, b"60")
            with pytest.raises(Gone):
                receive(line)
        assert slow.wait(10) == -signal.SIGALRM


def test_an_engine_that_has_grown_too_large_answers_who_has_asked_and_frees_its_address() -> None:
    place = address("served", os.getpid(), 30, 5, 1)
    with served(idle=30, most=1) as large, ExitStack() as lines:
        first, second = (lines.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(2))
        first.connect(place)
        second.connect(place)
        assert (receive(first), receive(second)) == (HELLO, HELLO)
        send(first, b"0.5")
        send(second, b"0")
        assert (receive(first), receive(second)) == (b"+done", b"+done")
        assert (receive(first), receive(second)) == (FAREWELL, FAREWELL)
        with pytest.raises(Gone):
            receive(first)
        with socket.socket(socket.AF_UNIX) as next_one:
            next_one.bind(place)
        assert large.wait(10) == 0


OUTGROWN = Kind("yichuang.gateways.tests.outgrown_engine", "test", "away", "slow", "shorter")


def test_who_asks_after_an_engine_has_grown_too_large_is_answered_by_another() -> None:
    one, two = (Engine(OUTGROWN, address("outgrown", os.getpid())) for _ in range(2))
    with closing(one), closing(two):
        told = [int(engine.asked({}, 20)) for engine in (one, two) * 4]
    assert len(set(told)) == len(told)


def test_many_who_ask_an_engine_that_is_too_large_after_every_answer_are_all_answered() -> None:
    asking = [Engine(OUTGROWN, address("outgrown by many", os.getpid())) for _ in range(8)]
    with ExitStack() as open_ones, ThreadPoolExecutor(len(asking)) as threads:
        for engine in asking:
            open_ones.enter_context(closing(engine))
        for _ in range(3):
            assert len(list(threads.map(lambda engine: int(engine.asked({}, 60)), asking))) == len(asking)


@pytest.mark.parametrize("is_open", [False, True], ids=["shut", "crowded"])
def test_who_finds_a_door_shut_or_crowded_waits_and_not_for_ever(is_open: bool) -> None:
    def opens(listening: socket.socket) -> None:
        time.sleep(0.3)
        if is_open:
            listening.accept()[0].close()
        else:
            listening.listen()
        line, _ = listening.accept()
        with line:
            send(line, HELLO)
            receive(line)
            send(line, b"+let in")

    at = address("opens", os.getpid(), is_open)
    with socket.socket(socket.AF_UNIX) as listening, socket.socket(socket.AF_UNIX) as crowd:
        listening.bind(at)
        if is_open:
            listening.listen(0)
            crowd.connect(at)
        with closing(Engine(OUTGROWN, at)) as engine:
            with pytest.raises(Unavailable, match="away"):
                engine.asked({}, 0.1)
            threading.Thread(target=opens, args=(listening,), daemon=True).start()
            assert engine.asked({}, 20) == b"let in"


def test_engines_that_leave_in_good_order_are_no_deaths_and_those_without_a_word_are() -> None:
    def ends(listening: socket.socket, word: bytes | None) -> None:
        """Let four in, take what they ask, and end; with a word or without."""
        for _ in range(4):
            line, _ = listening.accept()
            with line, suppress(OSError):
                send(line, HELLO)
                receive(line)
                if word is not None:
                    send(line, word)

    for word, expected in ((FAREWELL, "in time"), (None, "ended over this")):
        at = address("ends", os.getpid(), word)
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(at)
            listening.listen()
            thread = threading.Thread(target=ends, args=(listening, word), daemon=True)
            thread.start()
            engine = Engine(replace(OUTGROWN, slow="in time"), at)
            with closing(engine), pytest.raises((ValueError, Unavailable), match=expected):
                engine.asked({}, 1)


def test_the_house_has_one_engine_for_each_folder_of_typefaces(tmp_path: Path) -> None:
    assert draughtsman(None) is draughtsman(None)
    assert draughtsman(None).address != draughtsman(tmp_path).address
