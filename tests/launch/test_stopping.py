"""`make stop` and `make reset`."""

import io
import sys
from pathlib import Path

import pytest

from config.launch import stopping
from config.launch.places import Places, make_folder
from config.launch.processes import alive
from config.launch.say import Stop

from .conftest import Site


def test_reset_asks_and_deletes_only_what_the_site_made(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    launcher = site.launch()
    site.ready(launcher)
    (site.places.var / "files" / "material").touch()
    (site.places.var / "assets").mkdir()
    with pytest.raises(Stop, match="CONFIRM=1"):
        stopping.reset(site.places, confirmed=False)
    assert site.run() is not None, "nothing was stopped"

    assert stopping.reset(site.places, confirmed=True) == 0

    assert launcher.wait(10) == 0
    assert sorted(path.name for path in site.places.var.iterdir()) == ["assets"]
    assert not site.places.spare.exists()


def test_stop_from_another_terminal_ends_everything(site: Site) -> None:
    launcher = site.launch()
    run = site.ready(launcher)
    running = [pid for pids in run["processes"].values() for pid in pids]

    assert stopping.stop(site.places) == 0

    assert launcher.wait(10) == 0
    assert not [pid for pid in running if alive(pid)]
    assert not site.places.run_file.exists()


def test_stop_ends_what_a_killed_launcher_left(site: Site) -> None:
    launcher = site.launch()
    run = site.ready(launcher)
    launcher.kill()
    launcher.wait()
    left = [pid for kind, pids in run["processes"].items() if kind != "launcher" for pid in pids]
    assert all(alive(pid) for pid in left)

    assert stopping.stop(site.places) == 0

    assert not [pid for pid in left if alive(pid)]


def test_stop_where_nothing_was_ever_started(places: Places) -> None:
    assert stopping.stop(places) == 0
    assert stopping.stop(places) == 0


def test_stop_does_not_touch_another_checkout(site: Site, tmp_path: Path) -> None:
    site.ready(site.launch())
    other = Places(tmp_path, tmp_path / "var", tmp_path / "spare")

    stopping.stop(other)

    assert site.run() is not None


@pytest.mark.parametrize(
    ("answer", "deleted"), [("yes\n", True), ("no\n", False), ("\n", False), ("", False)]
)
def test_reset_on_a_terminal_asks_and_takes_only_yes(
    places: Places, monkeypatch: pytest.MonkeyPatch, answer: str, deleted: bool
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    (make_folder(places.var) / "files").mkdir()
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    if deleted:
        assert stopping.reset(places, confirmed=False) == 0
    else:
        with pytest.raises(Stop, match="没有删除"):
            stopping.reset(places, confirmed=False)
    assert (places.var / "files").exists() is not deleted


def test_reset_deletes_the_spare_folder_and_copied_programs_too(places: Places) -> None:
    for folder in (places.spare / "postgres", places.var / "postgresql-18" / "bin", places.var / "log"):
        make_folder(folder)
    (places.var / "kept-by-somebody").touch()

    stopping.reset(places, confirmed=True)

    assert not places.spare.exists()
    assert [path.name for path in places.var.iterdir()] == ["kept-by-somebody"], "what we did not make stays"


def test_reset_does_not_follow_links_out_of_var(places: Places, tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    make_folder(places.var)
    (places.var / "files").symlink_to(tmp_path)

    stopping.reset(places, confirmed=True)

    assert (tmp_path / "precious").exists()
    assert not (places.var / "files").is_symlink()
