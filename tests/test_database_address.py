"""An address of the database is read in one way: by the site, by the programs of PostgreSQL, and where it is told."""

from urllib.parse import unquote, urlsplit

import pytest

from config.database_address import host_and_port
from config.launch.database import _public
from config.launch.pgtools import connection_variables
from config.settings import database

READ = [
    ("postgresql://u:p@%2Fvar%2FRun%2Fpg:5433/d", ("/var/Run/pg", "5433")),
    ("postgresql://u:p@%2Fvar%2FRun%2Fpg/d", ("/var/Run/pg", "")),
    ("postgresql://u:p@%2fvar%2fRun%2fpg:5433/d", ("/var/Run/pg", "5433")),
    ("postgresql://u:p%40%2F@%2fvar%2fRun%2fpg/d", ("/var/Run/pg", "")),
    ("postgresql://%2Frun%2Fpg/d", ("/run/pg", "")),
    ("postgresql://u@%2frun%2fA,%2Frun%2Fb:5433/d", ("/run/A,/run/b", "5432,5433")),
    ("postgresql://u@one,two:5433/d", ("one,two", "5432,5433")),
    ("postgresql://u@HOST/d", ("host", "")),
    ("postgresql://u@[::1]:5432/d", ("::1", "5432")),
    ("postgresql:///d", ("", "")),
]


@pytest.mark.parametrize(("address", "wanted"), READ)
def test_every_reader_finds_the_same_place(address: str, wanted: tuple[str, str]) -> None:
    made, found = database(address), connection_variables(address)
    assert host_and_port(address) == wanted
    assert (made["HOST"], made["PORT"]) == wanted
    assert (found.get("PGHOST", ""), found.get("PGPORT", "")) == wanted
    told = _public(address)
    assert f"@{wanted[0]}:{wanted[1] or 5432}/d" in told
    assert ":p" not in told


def before(address: str) -> tuple[str, str]:
    """The broken variant: a folder only in large letters and before a port."""
    parts = urlsplit(address)
    socket = parts.netloc.rpartition("@")[2].rpartition(":")[0]
    return unquote(socket) if socket.startswith("%2F") else parts.hostname or "", str(parts.port or "")


def test_a_reader_that_knows_one_spelling_would_be_caught() -> None:
    assert [before(address) == wanted for address, wanted in READ[:5]] == [True, False, False, False, False]


def test_a_port_that_is_none_is_refused_beside_a_folder_too() -> None:
    for address in ("postgresql://u@%2frun:99999/d", "postgresql://u@h:x/d"):
        with pytest.raises(ValueError, match="ort"):
            host_and_port(address)
