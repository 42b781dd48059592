"""`python -m config.launch run|stop|reset|browser`: what the Makefile calls once everything is installed."""

import argparse
import io
import os
import sys
from collections.abc import Callable

from config.launch import browser, running, stopping
from config.launch.machine import valid_port
from config.launch.places import Places, checkout
from config.launch.say import Stop
from config.launch.setup import explain, prepare


def main(arguments: list[str] | None = None) -> int:
    """Do one of the four; exit code 0, or 1 or 2 after one clear sentence."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    asked = parsed(arguments)
    places = checkout()
    try:
        return DEEDS[asked.deed](places, asked)
    except Stop as stop:
        return stop.tell()
    except OSError as problem:
        return explain(problem, places.var).tell()
    except KeyboardInterrupt:
        return 130


def _run(places: Places, asked: argparse.Namespace) -> int:
    valid_port(asked.port)
    prepare(places)
    return running.run(places, asked.port)


def _browser(_places: Places, _asked: argparse.Namespace) -> int:
    browser.ensure()
    return 0


DEEDS: dict[str, Callable[[Places, argparse.Namespace], int]] = {
    "run": _run,
    "stop": lambda places, _asked: stopping.stop(places),
    "reset": lambda places, asked: stopping.reset(places, confirmed=asked.yes),
    "browser": _browser,
}


def parsed(arguments: list[str] | None) -> argparse.Namespace:
    """The command line, understood."""
    parser = argparse.ArgumentParser(prog="python -m config.launch", description=__doc__)
    deeds = parser.add_subparsers(dest="deed", required=True)
    run = deeds.add_parser("run", help="启动 / start everything and watch over it")
    run.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    deeds.add_parser("stop", help="停止 / stop a running site")
    reset = deeds.add_parser("reset", help="删除全部数据 / delete all data")
    reset.add_argument("--yes", action="store_true", help="不再询问 / do not ask")
    deeds.add_parser("browser", help="准备浏览器测试 / get Chromium for the browser tests")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
