"""Templates are compiled once for a machine: what is kept is found again, nothing stale or torn is ever run, and no page fails for it."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from jinja2 import DictLoader, Environment
from jinja2.bccache import FileSystemBytecodeCache, bc_magic

from config.jinja import House
from config.kept_templates import FOLDER, KeptTemplates, compile_all, compilers, kept_in

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    "a.html": "{% extends 'b.html' %}{% block it %}<{{ x }}>{% endblock %}",
    "b.html": "[{% block it %}{% endblock %}]",
}


class Counting(Environment):
    """Jinja's environment, which counts what it compiles."""

    compiled = 0

    def _compile(self, source: str, filename: str) -> Any:
        self.compiled += 1
        return super()._compile(source, filename)


def environment(kept: FileSystemBytecodeCache | None, pages: dict[str, str] | None = None) -> Counting:
    return Counting(loader=DictLoader(pages or PAGES), autoescape=True, bytecode_cache=kept)


def drawn(made: Environment) -> str:
    return made.get_template("a.html").render(x="&")


@pytest.fixture
def maker(tmp_path: Path) -> Path:
    """The source of an environment."""
    made = tmp_path / "maker.py"
    made.write_text("one")
    return made


@pytest.fixture
def kept(tmp_path: Path, maker: Path) -> KeptTemplates:
    """A folder of compiled templates."""
    found = kept_in(tmp_path / "var", maker)
    assert found is not None
    return found


def test_what_one_process_has_compiled_the_next_one_finds(kept: KeptTemplates) -> None:
    first, second, without = environment(kept), environment(kept), environment(None)
    assert [compile_all(one) for one in (first, second, without)] == [2, 2, 2]
    assert [drawn(one) for one in (first, second, without)] == ["[<&amp;>]"] * 3
    # The last is the broken variant: nothing kept.
    assert [first.compiled, second.compiled, without.compiled] == [2, 0, 2]


def test_a_template_that_was_changed_and_an_environment_that_was_changed_are_compiled_anew(
    kept: KeptTemplates, tmp_path: Path, maker: Path
) -> None:
    compile_all(environment(kept))
    changed = environment(kept, PAGES | {"b.html": "({% block it %}{% endblock %})"})
    assert drawn(changed) == "(<&amp;>)"
    assert changed.compiled == 1
    maker.write_text("two")
    other = environment(kept_in(tmp_path / "var", maker))
    compile_all(other)
    assert other.compiled == 2


def test_another_version_of_what_compiles_compiles_anew(
    kept: KeptTemplates, tmp_path: Path, maker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [line.split()[0] for line in compilers().decode().splitlines()] == ["jinja2", "markupsafe"]
    compile_all(environment(kept))
    for upgraded in ("jinja2", "markupsafe"):
        with monkeypatch.context() as patch:
            patch.setattr(
                "config.kept_templates.version",
                lambda name, new=upgraded: "99" if name == new else version(name),
            )
            other = environment(kept_in(tmp_path / "var", maker))
        assert compile_all(other) == other.compiled == 2, upgraded


def test_a_checksum_that_forgets_what_compiles_would_be_caught(
    tmp_path: Path, maker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: the code of the version before is run."""
    monkeypatch.setattr("config.kept_templates.COMPILERS", ())
    compile_all(environment(kept_in(tmp_path / "var", maker)))
    monkeypatch.setattr("config.kept_templates.version", lambda name: "99")
    other = environment(kept_in(tmp_path / "var", maker))
    assert (compile_all(other), other.compiled) == (2, 0)


def torn(folder: Path) -> Iterator[str]:
    """Every way in which a file can be worth nothing."""
    files = sorted(folder.iterdir())
    whole = [one.read_bytes() for one in files]
    for name, spoil in (
        ("empty", lambda data: b""), ("cut in its head", lambda data: data[:20]), ("cut in its code", lambda data: data[:-40]),
        ("noise", lambda data: bc_magic + b"\xff" * 60),
    ):  # fmt: skip
        for one, data in zip(files, whole, strict=True):
            one.write_bytes(spoil(data))
        yield name


def test_a_torn_file_fails_no_page(kept: KeptTemplates, tmp_path: Path) -> None:
    compile_all(environment(kept))
    for name in torn(tmp_path / "var" / FOLDER):
        made = environment(kept)
        assert drawn(made) == "[<&amp;>]", name
        assert made.compiled == 2, name


def test_jinjas_own_cache_would_fail_the_page(tmp_path: Path) -> None:
    """The broken variant."""
    plain = FileSystemBytecodeCache(str(tmp_path), "%s.compiled")
    compile_all(environment(plain))
    fails = []
    for name in torn(tmp_path):
        try:
            drawn(environment(plain))
        except Exception:
            fails.append(name)
    assert fails


def test_a_full_disk_fails_no_page(
    kept: KeptTemplates, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", full)
    with caplog.at_level(logging.WARNING):
        assert drawn(environment(kept)) == "[<&amp;>]"
    assert "cannot be kept" in caplog.text


def test_a_folder_that_others_may_open_is_not_used(tmp_path: Path, maker: Path) -> None:
    """What lies there is run as code."""
    folder = tmp_path / "var" / FOLDER
    assert kept_in(tmp_path / "var", maker) is not None
    assert folder.stat().st_mode & 0o777 == 0o700
    for mode in (0o770, 0o707, 0o755):
        folder.chmod(mode)
        assert kept_in(tmp_path / "var", maker) is None, oct(mode)
    folder.rmdir()
    (tmp_path / "mine").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "mine")
    assert kept_in(tmp_path / "var", maker) is None
    (tmp_path / "file").write_text("")
    assert kept_in(tmp_path / "file", maker) is None


def test_every_template_of_the_house_is_found_and_compiles() -> None:
    made = engines["jinja2"].env  # type: ignore[attr-defined]
    assert isinstance(made, House)
    assert compile_all(made) == len(list(ROOT.glob("yichuang/*/templates/**/*.html")))
    assert made.cache is not None
    assert len(made.cache) >= compile_all(made)


LOADED = """
from jinja2 import Environment
from config import web
web.load()
from django.conf import settings
from django.template import engines
from django.urls import get_resolver
def refused(*_):
    raise AssertionError("a request would have compiled a template")
{spoil}
Environment._compile = refused
for name in ("home/desk.html", "home/case.html", "statistics/desk_figures.html", "home/sign_in.html"):
    engines["jinja2"].get_template(name)
assert get_resolver()._populated
print("ready")
"""


@pytest.mark.parametrize("broken", [False, True])
def test_nothing_is_left_to_be_compiled_when_workers_are_forked(broken: bool) -> None:
    """The broken variant: templates that are left to whoever asks first."""
    spoil = (
        "engines['jinja2'].env.cache.clear(); engines['jinja2'].env.bytecode_cache = None" if broken else ""
    )
    environment = {
        **os.environ,
        "YICHUANG_TOOL": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "YICHUANG_DEVELOPMENT": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", LOADED.format(spoil=spoil)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (done.stdout.strip() == "ready") is not broken, done.stderr
    assert ("would have compiled" in done.stderr) is broken, done.stderr
