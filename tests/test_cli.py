"""The console script: every command listed, loaded only when called, tools that need no database stay light."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from config.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parent.parent


def run(
    *arguments: str, code: str = "from config.cli import main; main()"
) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, with no database and no settings to be had."""
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "DATABASE", "YICHUANG", "SECRET"))
    }
    environment |= {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_every_command_in_two_languages(flag: str) -> None:
    said = CliRunner().invoke(main, [flag])
    assert said.exit_code == 0
    for name, entry in COMMANDS.items():
        assert re.search(rf"^\s+{name}\s", said.output, re.MULTILINE), name
        assert " / " in entry.help


@pytest.mark.parametrize(
    "arguments", [["no-such-command"], ["--no-such-option"], ["due-date", "--days"], ["check-code", "--kind"]]
)
def test_what_it_does_not_know_exits_2_and_says_so(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_due_date_keeps_the_promise_of_the_issue() -> None:
    done = run("due-date", "--accepted", "2022-09-26", "--days", "20", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["due_on"] == "2022-10-27"
    assert done.stderr == ""


def test_check_code_judges_without_a_database() -> None:
    done = run("check-code", "91510000MA6EXAMP2K", "91510000MA6EXAMP2X", "--json")
    assert done.returncode == 1
    assert [one["verdict"] for one in json.loads(done.stdout)] == ["ok", "invalid"]


LIGHT = """
import sys
sys.argv[0] = "yichuang"
from config.cli import main
try:
    main()
finally:
    print("heavy:", *sorted({"django", "psycopg", "procrastinate", "docx"} & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments", [["due-date", "--accepted", "2022-09-26", "--days", "20"], ["check-code", "000164213003"]]
)
def test_a_tool_without_a_database_never_sets_django_up(arguments: list[str]) -> None:
    """What is loaded when it ends: neither Django nor a database driver."""
    done = run(*arguments, code=LIGHT)
    assert done.returncode == 0
    assert done.stderr.strip() == "heavy:"


def test_a_tool_with_a_database_would_be_caught() -> None:
    """The broken variant: the same look at a command that does set Django up."""
    done = run("recompute", "--help", code=LIGHT)
    assert "heavy: django" in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_loaded_and_explains_itself(name: str) -> None:
    command = main.get_command(click.Context(main), name) if isinstance(main, click.Group) else None
    assert command is not None
    said = CliRunner().invoke(command, ["--help"])
    assert said.exit_code == 0
    assert " / " in said.output or "\n\n" in said.output


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.strip().split()[-1] == "0.1.0"
