"""`var/run.json`: what a running site tells tests, auditors and our own commands about itself.

Its shape is a promise to other programs: keys are added, never renamed or dropped.
"""

import json
import os
from collections.abc import Mapping, MutableMapping, Sequence
from typing import TypedDict

from config.launch.machine import write_whole
from config.launch.passwords import Secrets
from config.launch.places import Places
from config.launch.processes import alive


class Account(TypedDict):
    """A demo account."""

    role: str
    username: str
    password: str


class Run(TypedDict):
    """The whole file."""

    address: str
    databases: dict[str, str]
    processes: dict[str, list[int]]
    accounts: list[Account]


DATABASES = ("owner", "app", "report", "audit")


def write(
    places: Places,
    address: str,
    databases: Mapping[str, str],
    processes: Mapping[str, Sequence[int]],
    accounts: Sequence[Account],
) -> None:
    """Write the file whole, mode 0600; passwords stand in it."""
    content: Run = {
        "address": address,
        "databases": {role: databases[role] for role in DATABASES},
        "processes": {kind: list(found) for kind, found in processes.items()},
        "accounts": list(accounts),
    }
    write_whole(places.run_file, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def read(places: Places) -> Run | None:
    """The running site; None where none runs (no file, or its launcher is dead)."""
    try:
        content: Run = json.loads(places.run_file.read_text())
        launchers = content["processes"]["launcher"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return content if any(alive(pid) for pid in launchers) else None


def environment(places: Places, databases: Mapping[str, str], *, demo: bool) -> dict[str, str]:
    """The variables that the settings read, for a child that serves these databases as the app role."""
    kept = Secrets.load(places.var / "secrets.json")
    return {
        "DATABASE_URL": databases["app"],
        "OWNER_DATABASE_URL": databases["owner"],
        "REPORT_DATABASE_URL": databases["report"],
        "AUDIT_DATABASE_URL": databases["audit"],
        "SECRET_KEY": os.environ.get("SECRET_KEY") or kept.key,
        "YICHUANG_VAR": str(places.var),
        "YICHUANG_WITNESS_DIR": os.environ.get("YICHUANG_WITNESS_DIR") or str(places.var / "witness"),
        "ALLOWED_HOSTS": os.environ.get("ALLOWED_HOSTS") or "127.0.0.1,localhost",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "YICHUANG_DEMO": "1" if demo else "0",
    }


def adopt(places: Places, into: MutableMapping[str, str]) -> bool:
    """Fill missing variables from the running site, so that `yichuang …` in a second terminal finds its
    database.

    A `DATABASE_URL` that is set already wins and nothing is filled in. Gives whether a running site was
    adopted.
    """
    if into.get("DATABASE_URL"):
        return False
    run = read(places)
    if run is None:
        return False
    demo = bool(run["accounts"])
    for name, value in environment(places, run["databases"], demo=demo).items():
        into.setdefault(name, value)
    return True
