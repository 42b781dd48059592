"""`var/run.json` and the secrets: whole, closed, and believed only while somebody lives behind them."""

import os
from pathlib import Path

from config.launch import runfile
from config.launch.passwords import Secrets
from config.launch.places import Places, make_folder


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first = Secrets.load(tmp_path / "secrets.json")
    assert Secrets.load(tmp_path / "secrets.json") == first
    assert Secrets.fresh().key != first.key


def test_run_json_of_a_dead_launcher_does_not_count(places: Places) -> None:
    make_folder(places.var)
    urls = dict.fromkeys(("owner", "app", "report", "audit", "admin"), "postgresql://x")
    runfile.write(places, "http://127.0.0.1:8000", urls, {"launcher": [os.getpid()]}, [])
    run = runfile.read(places)
    assert run is not None
    assert "admin" not in run["databases"], "the superuser is nobody's business"

    runfile.write(places, "http://127.0.0.1:8000", urls, {"launcher": [2**22 + 1]}, [])
    assert runfile.read(places) is None
    places.run_file.write_text("{")
    assert runfile.read(places) is None


def test_a_command_in_a_second_terminal_adopts_the_running_site(places: Places) -> None:
    make_folder(places.var)
    urls = {role: f"postgresql://{role}" for role in ("owner", "app", "report", "audit")}
    given: dict[str, str] = {"YICHUANG_DEMO": "0"}
    assert not runfile.adopt(places, given)

    runfile.write(places, "http://127.0.0.1:8000", urls, {"launcher": [os.getpid()]}, [])
    assert runfile.adopt(places, given)
    assert given["DATABASE_URL"] == "postgresql://app"
    assert given["SECRET_KEY"]
    assert given["YICHUANG_DEMO"] == "0", "what is set already stays"

    own = {"DATABASE_URL": "postgresql://mine"}
    assert not runfile.adopt(places, own)
    assert own == {"DATABASE_URL": "postgresql://mine"}
