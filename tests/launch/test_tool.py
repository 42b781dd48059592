"""Preparing commands: their answer, their words, their failure, and nothing left of them."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.launch.places import Places
from config.launch.processes import MARK, marked, stat, wait_until
from config.launch.say import Stop
from config.launch.tool import run_tool

from .conftest import ROOT, SEARCH


@pytest.fixture
def here(tmp_path: Path) -> Places:
    """Places in which a tool can run."""
    return Places(tmp_path, tmp_path / "var", tmp_path / "spare")


def python(code: str) -> list[str]:
    """A command that runs this code."""
    return [sys.executable, "-c", code]


def test_gives_standard_output_and_logs_standard_error(
    here: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    code = "import sys; print('{\"ok\": 1}'); print('loaded 5', file=sys.stderr)"

    assert run_tool(here, "test", python(code), {}) == '{"ok": 1}\n'

    assert "loaded 5" in (here.logs / "prepare.log").read_text()
    assert capsys.readouterr().out == "", "silent unless asked"


def test_shows_progress_while_it_comes_when_asked(here: Places, capsys: pytest.CaptureFixture[str]) -> None:
    code = "import sys; [print('第', n, '周', file=sys.stderr) for n in range(3)]"
    run_tool(here, "test", python(code), {}, aloud=True)
    assert capsys.readouterr().out.splitlines() == ["  第 0 周", "  第 1 周", "  第 2 周"]


def test_hands_on_environment_and_mark(here: Places) -> None:
    code = f"import os; print(os.environ['DATABASE_URL'], os.environ['{MARK}'])"
    assert run_tool(here, "the-mark", python(code), {"DATABASE_URL": "postgresql://o"}).split() == [
        "postgresql://o",
        "the-mark",
    ]


def test_bytes_that_are_no_text_do_not_break_it(here: Places) -> None:
    code = r"import sys; sys.stderr.buffer.write(b'\xff\xfe broken\n')"
    run_tool(here, "test", python(code), {})
    assert "broken" in (here.logs / "prepare.log").read_text()


@pytest.mark.parametrize(("aloud", "shown"), [(False, "relation does not exist"), (True, "prepare.log")])
def test_a_failure_is_a_sentence_with_the_last_words_once(here: Places, aloud: bool, shown: str) -> None:
    code = "import sys; sys.exit('relation does not exist')"
    with pytest.raises(Stop, match="准备步骤失败") as caught:
        run_tool(here, "test", python(code), {}, aloud=aloud)
    assert shown in caught.value.chinese
    assert caught.value.code == 1


def test_a_full_disk_is_the_sentence_about_the_disk(here: Places) -> None:
    said = "psycopg.errors.DiskFull: could not extend file: No space left on device"
    with pytest.raises(Stop, match="磁盘空间不足") as caught:
        run_tool(here, "test", python(f"import sys; sys.exit({said!r})"), {})
    assert caught.value.code == 2


def test_what_it_started_does_not_outlive_it(here: Places) -> None:
    mark = f"tool-{os.getpid()}"
    code = "import subprocess; subprocess.Popen(['sleep', '99'], stderr=subprocess.DEVNULL)"
    run_tool(here, mark, python(code), {})
    assert wait_until(lambda: not marked(mark), 30)


def test_an_interrupted_tool_is_ended(here: Places) -> None:
    mark = f"tool-{os.getpid()}-interrupted"
    code = (
        "import sys; from pathlib import Path; from config.launch.tool import run_tool;"
        "from config.launch.places import Places; root = Path(sys.argv[1]);"
        "run_tool(Places(root, root / 'var'), sys.argv[2], ['sleep', '99'], {})"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", code, str(here.root), mark],
        env=SEARCH,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert wait_until(lambda: bool(marked(mark)), 30)
    # It waits for the tool, and is no longer about to start it.
    time.sleep(0.1)
    assert wait_until(lambda: stat(caller.pid)[0] == "S", 30)
    caller.send_signal(signal.SIGINT)
    _, said = caller.communicate(timeout=10)
    assert re.search("KeyboardInterrupt", said)
    assert wait_until(lambda: not marked(mark), 30)
