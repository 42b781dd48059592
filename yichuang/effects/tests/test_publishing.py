"""Heads leave the house: every one, signed, in order, whatever stops in between; another past is never told."""

import http.server
import json
import stat
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from tests.verifier import second
from yichuang.effects.cli import publishing
from yichuang.effects.cli.publishing import publish
from yichuang.gateways.signing import witness
from yichuang.gateways.signing.keys import Keyring
from yichuang.gateways.witness_out import Folder, Line, Place, Webhook, places
from yichuang.journal import commands, queries, rules
from yichuang.journal.commands import NewFact, record
from yichuang.journal.rules.verify import Keys, Verified, check_heads
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Invalid, Unavailable
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 13, 9, 30, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    settings.WITNESS_DIR, settings.WITNESS_WEBHOOK = tmp_path / "witness", ""


def seals(count: int, *, facts: int = 3, at: datetime = AT) -> None:
    """So many seals of so many facts."""
    for _ in range(count):
        for _ in range(facts):
            with transaction.atomic():
                record(NewFact(uuid7(at), "thing", "thing.changed"), by=SYSTEM, at=at)
        with transaction.atomic():
            commands.seal(commands.take(facts), at=at)


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()
    ]


class Rehearsed:
    """A place that remembers, and fails when it is told to: before it has kept anything, or after."""

    name = "directory"

    def __init__(self, fails: Sequence[str] = ()) -> None:
        self.numbers: list[int] = []
        self._fails = list(fails)

    def tell(self, lines: Sequence[Line]) -> None:
        how = self._fails.pop(0) if self._fails else ""
        if how == "before":
            raise Unavailable("away")
        self.numbers += [line.number for line in lines]
        if how == "after":
            raise KeyboardInterrupt


@pytest.mark.django_db
def test_every_head_leaves_signed_and_chains_to_the_one_before(tmp_path: Path) -> None:
    seals(2)
    seals(1, at=AT + timedelta(days=1))
    assert publish(at=AT).heads == 3
    assert publish(at=AT).heads == 0
    folder = tmp_path / "witness"
    files = sorted(folder.glob("heads-*.jsonl"))
    assert [path.name for path in files] == ["heads-2022-05-13.jsonl", "heads-2022-05-14.jsonl"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o640}
    found = lines_of(folder)
    keys = {key.key_id: key.public_hex for key in witness.public_keys()}
    before = rules.GENESIS
    for head in found:
        assert second.signed(head, keys)
        assert second.hashed_seal(before, head) == head["hash"]
        before = head["hash"]
    assert before == queries.head().chain
    assert [one.waiting for one in queries.publication(("directory", "webhook"))] == [0, 3]


@pytest.mark.django_db
@pytest.mark.parametrize("fails", [["before"], ["after"], ["before", "after", "after"]])
def test_no_head_is_skipped_whatever_stops_the_worker(
    fails: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before or after the place has kept them, they are told again; never is one left out."""
    monkeypatch.setattr(publishing, "AT_ONCE", 2)
    place = Rehearsed(fails)
    seals(5)
    for _ in range(len(fails) + 1):
        try:
            publish(at=AT, told=[place])
        except KeyboardInterrupt:
            continue
    assert sorted(set(place.numbers)) == [1, 2, 3, 4, 5]
    assert queries.unpublished_heads("directory") == []


@pytest.mark.django_db
def test_a_worker_that_notes_first_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: our own note before the place has them loses heads when the place fails."""

    def note_first(place: Place, heads: list[queries.Witnessed], at: datetime) -> int:
        told = [commands.Told(head.number, "k", "s") for head in heads]
        commands.note_published(place.name, told, at=at)
        place.tell([publishing._line(head, publishing.sign_head(head)) for head in heads])
        return len(heads)

    monkeypatch.setattr(publishing, "_tell", note_first)
    place = Rehearsed(["before"])
    seals(2)
    publish(at=AT, told=[place])
    publish(at=AT, told=[place])
    assert place.numbers == []


@pytest.mark.django_db
def test_a_place_that_fails_holds_up_no_other(tmp_path: Path) -> None:
    seals(2)
    told = publish(at=AT, told=[Rehearsed(["before"]), Webhook("http://127.0.0.1:9/", timeout=1)])
    assert (told.heads, told.trouble) == (0, ("directory", "webhook"))
    assert publish(at=AT, told=[Webhook("http://127.0.0.1:9/", timeout=1), Folder(tmp_path / "w")]).heads == 2


@pytest.mark.django_db
def test_a_line_cut_by_a_loss_of_power_swallows_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "witness"
    seals(1)
    publish(at=AT)
    (file,) = folder.glob("*.jsonl")
    with file.open("a") as cut:
        cut.write('{"chain":"yichuang","numb')
    seals(1)
    assert publish(at=AT).heads == 1
    assert [json.loads(line)["number"] for line in file.read_text().splitlines() if line.endswith("}")] == [
        1,
        2,
    ]


@pytest.mark.django_db
def test_a_restored_database_does_not_tell_another_past(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The folder knows head 2 of the life that was lost: the new number 2 is refused, and somebody is told."""
    folder = Folder(tmp_path / "witness")
    seals(1)
    publish(at=AT)
    lost = queries.Witnessed(2, AT, 1, "sha256", "0" * 64, "f" * 64)
    folder.tell([publishing._line(lost, publishing.sign_head(lost))])
    seals(1)
    told = publish(at=AT)
    assert told.trouble == ("directory",)
    assert "不一致" in caplog.text
    assert len(lines_of(tmp_path / "witness")) == 2
    (state,) = queries.publication(("directory",))
    assert (state.waiting, state.late(AT + timedelta(seconds=61)), state.late(AT + timedelta(seconds=60))) == (
        1, True, False,
    )  # fmt: skip


def test_an_older_number_with_another_hash_is_refused_even_far_back(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    told = [Line(AT.date(), number, f"{number:064d}", json.dumps({"number": number, "hash": f"{number:064d}"}))
            for number in range(1, 400)]  # fmt: skip
    folder.tell(told)
    folder.tell(told)
    assert folder.newest() == (399, f"{399:064d}")
    assert len((tmp_path / "heads-2022-05-13.jsonl").read_text().splitlines()) == 399
    with pytest.raises(Conflict, match="第 3 号"):
        folder.tell([Line(AT.date(), 3, "e" * 64, "{}")])


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="账链末端没有写出"):
        Folder(tmp_path / "file" / "witness").tell([Line(AT.date(), 1, "0", "{}")])


class _Auditor(http.server.BaseHTTPRequestHandler):
    got: list[bytes] = []
    status = 204

    def do_POST(self) -> None:
        self.got.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def auditor() -> Iterator[str]:
    _Auditor.got, _Auditor.status = [], 204
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Auditor) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/heads"
        server.shutdown()
        thread.join()


@pytest.mark.django_db
def test_a_webhook_gets_lines_and_is_asked_again_until_it_says_yes(auditor: str, settings: Any) -> None:
    settings.WITNESS_DIR, settings.WITNESS_WEBHOOK = None, auditor
    seals(2)
    _Auditor.status = 500
    assert publish(at=AT).trouble == ("webhook",)
    _Auditor.status = 204
    assert publish(at=AT).heads == 2
    assert [len(body.splitlines()) for body in _Auditor.got] == [2, 2]
    assert [place.name for place in places(Path("x"), auditor)] == ["directory", "webhook"]
    with pytest.raises(ValueError, match="http"):
        Webhook("file:///etc/passwd")


@pytest.mark.django_db
def test_an_installation_may_seal_with_sm3(settings: Any) -> None:
    """Each seal names its hash; the chain goes on over a change of it."""
    seals(1)
    settings.SEAL_ALGORITHM = "sm3"
    seals(1)
    settings.SEAL_ALGORITHM = "sha256"
    seals(1)
    checked = [queries.checked_seal(number) for number in (1, 2, 3)]
    assert [one.algorithm for one in checked if one] == ["sha256", "sm3", "sha256"]
    assert all(one and one.root_sound and one.chain_sound for one in checked)
    settings.SEAL_ALGORITHM = "md5"
    with pytest.raises(ValueError, match="md5"):
        seals(1)


@pytest.mark.django_db
def test_strangers_read_keys_heads_and_proofs(client: Client) -> None:
    seals(3)
    publish(at=AT)
    with transaction.atomic():
        waits = record(NewFact(uuid7(AT), "thing", "thing.waits"), by=SYSTEM, at=AT)
    keys = {one["key_id"]: one["public"] for one in client.get("/journal/keys.json").json()["keys"]}
    said = client.get("/journal/heads.json").json()
    assert [head["number"] for head in said["heads"]] == [3, 2, 1]
    assert said["next"] is None
    assert all(second.signed(head, keys) for head in said["heads"])
    assert [head["number"] for head in client.get("/journal/heads.json?before=3").json()["heads"]] == [2, 1]
    for (hashed,) in sql.rows("select hash from journal_leaf order by seal_number, position"):
        proof = client.get(f"/journal/proofs/{bytes(hashed).hex()}.json").json()
        assert second.proof_holds(proof)
        assert second.signed(proof["head"], keys)
        assert set(proof) == {"leaf", "position", "path", "previous", "head"}
        assert not second.proof_holds({**proof, "leaf": "0" * 64})
    for unknown in (waits.hash.hex(), "0" * 64, "nonsense"):
        assert client.get(f"/journal/proofs/{unknown}.json").status_code == 404


def test_a_signature_is_the_same_each_time_and_holds_for_nothing_else(tmp_path: Path) -> None:
    ring, other = Keyring(tmp_path / "one"), Keyring(tmp_path / "other")
    made = witness.sign(b"words", ring=ring)
    assert made == witness.sign(b"words", ring=Keyring(tmp_path / "one"))
    keys = {key.key_id: key.public_hex for key in witness.public_keys(ring=ring)}
    assert witness.verify(b"words", made, keys)
    assert not witness.verify(b"other words", made, keys)
    assert not witness.verify(b"words", witness.sign(b"words", ring=other), keys)
    forged = witness.Signature(made.key_id, made.algorithm, witness.sign(b"words", ring=other).value_hex)
    assert not witness.verify(b"words", forged, keys)
    assert not witness.holds(b"words", "not hexadecimal", next(iter(keys.values())))
    assert stat.S_IMODE((tmp_path / "one" / "witness-ed25519.pem").stat().st_mode) == 0o600
    assert witness.verify(b"words", witness.sign(b"words"))


@pytest.mark.django_db
def test_a_restored_database_seals_nothing_until_the_loss_is_recorded(tmp_path: Path) -> None:
    """R38: the witness is ahead; an officer records the loss; the verification tells of it and finds no forgery."""
    folder = Folder(tmp_path / "witness")
    assert publishing.past_agrees()
    seals(2)
    publish(at=AT)
    assert publishing.past_agrees()
    lost = [queries.Witnessed(number, AT, 1, "sha256", "0" * 64, f"{number:064d}") for number in (3, 4)]
    folder.tell([publishing._line(head, publishing.sign_head(head)) for head in lost])
    assert not publishing.past_agrees()
    with pytest.raises(Invalid):
        publishing.record_loss(" ", at=AT)
    assert publishing.record_loss("磁盘损坏，恢复前一日备份", at=AT) == 2
    assert publishing.past_agrees()
    with pytest.raises(Invalid):
        publishing.record_loss("再次", at=AT)
    with transaction.atomic():
        commands.seal(commands.take(10), at=AT)
    assert publish(at=AT).heads == 1
    assert publishing.past_agrees()
    heads = lines_of(tmp_path / "witness")
    keys = {key.key_id: key.public_hex for key in witness.public_keys()}
    assert all(second.signed(head, keys) for head in heads)
    seals_now = {number: str(queries.chain_at(number)) for number in (1, 2, 3)}
    assert second.heads_of(heads, seals_now, keys) == []
    found = Verified(newest=3)
    check_heads(heads, seals_now, Keys(keys, witness.holds), found)
    assert found.findings == []
    assert "磁盘损坏" in found.notes[0]
    assert sql.one("select count(*)::int from journal_fact where kind = 'journal.loss_recorded'") == (1,)


@pytest.mark.django_db
def test_a_forged_database_cannot_be_declared_a_loss(tmp_path: Path) -> None:
    """Where the database contradicts what both know, it is no older backup."""
    folder = Folder(tmp_path / "witness")
    for number in (1, 2):
        other = queries.Witnessed(number, AT, 1, "sha256", "0" * 64, f"{number:064d}")
        folder.tell([publishing._line(other, publishing.sign_head(other))])
    seals(1)
    assert not publishing.past_agrees()
    with pytest.raises(Conflict, match="第 1 号"):
        publishing.record_loss("恢复备份", at=AT)
