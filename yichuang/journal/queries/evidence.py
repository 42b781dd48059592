"""Reads of what left the house: heads to publish, heads published, how fresh they are, and proofs of inclusion."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from yichuang.journal.rules import Step, audit_path
from yichuang.kernel import sql

# A head that has waited longer than this has not left the house in time.
PUBLISH_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A head as it leaves the house: the whole seal, so that a stranger can hash it again."""

    number: int
    at: datetime
    leaves: int
    algorithm: str
    root: str
    chain: str


@dataclass(frozen=True, slots=True)
class PublishedHead:
    """A head with the signature under which it left the house first."""

    head: Witnessed
    published_at: datetime
    key_id: str
    signature: str


_HEAD = "s.number, s.at, s.leaves, s.algorithm, s.root, s.chain"


def unpublished_heads(place: str, *, limit: int = 500) -> list[Witnessed]:
    """The heads that a place has not been given, oldest first: none is skipped, whatever stopped in between."""
    found = sql.rows(
        f"select {_HEAD} from journal_seal s where s.number > "  # noqa: S608 - constants of this module
        "coalesce((select max(seal_number) from journal_publication where place = %(place)s), 0) "
        "order by s.number limit %(limit)s",
        {"place": place, "limit": limit},
    )
    return [Witnessed(*row) for row in found]


def published_heads(
    *, after: int | None = None, before: int | None = None, limit: int = 100
) -> list[PublishedHead]:
    """Heads that have left the house, each once, newest first."""
    found = sql.rows(
        f"select {_HEAD}, p.at, p.key_id, p.signature from journal_seal s "  # noqa: S608 - constants of this module
        "join lateral (select at, key_id, signature from journal_publication p where p.seal_number = s.number "
        "order by p.at, p.place limit 1) p on true "
        "where (%(before)s::bigint is null or s.number < %(before)s) "
        "and (%(after)s::bigint is null or s.number > %(after)s) order by s.number desc limit %(limit)s",
        {"before": before, "after": after, "limit": limit},
    )
    return [PublishedHead(Witnessed(*row[:6]), *row[6:]) for row in found]


@dataclass(frozen=True, slots=True)
class Publication:
    """How far a place has been told: the newest head given and when, and since when the oldest one waits."""

    place: str
    number: int
    at: datetime | None
    waiting: int
    waiting_since: datetime | None

    def late(self, now: datetime) -> bool:
        """Whether a head has waited for more than a minute: somebody must look."""
        return self.waiting_since is not None and now - self.waiting_since > PUBLISH_WITHIN


def publication(places: tuple[str, ...]) -> list[Publication]:
    """How far each of these places has been told, in their order."""
    found = {
        row[0]: Publication(*row)
        for row in sql.rows(
            "select w.place, coalesce(p.seal_number, 0), p.at, "
            "(select count(*)::int from journal_seal s where s.number > coalesce(p.seal_number, 0)), "
            "(select s.at from journal_seal s where s.number > coalesce(p.seal_number, 0) order by s.number limit 1) "
            "from unnest(%(places)s::text[]) as w(place) left join lateral "
            "(select seal_number, at from journal_publication where place = w.place order by seal_number desc limit 1) p "
            "on true",
            {"places": list(places)},
        )
    }
    return [found[place] for place in places]


@dataclass(frozen=True, slots=True)
class Proof:
    """That a fact is under a seal: its leaf, the way up to the root, and the head that covers it.

    Holds hashes and places only: it tells nothing about what the fact says or whom it concerns.
    """

    leaf: str
    position: int
    path: tuple[Step, ...]
    head: Witnessed
    previous: str
    key_id: str
    signature: str


def inclusion(subject_id: UUID, seq: int) -> Proof | None:
    """The proof that a fact is under a seal (RFC 6962 §2.1.1); None while it waits for one, or where it is not known."""
    return _proof(
        sql.one(
            "select seal_number, position from journal_leaf where subject_id = %(id)s and seq = %(seq)s",
            {"id": subject_id, "seq": seq},
        )
    )


def inclusion_of_hash(hashed: bytes) -> Proof | None:
    """The proof for whoever holds a fact's hash, as it stands on a receipt; None while it is not sealed or not known."""
    return _proof(
        sql.one(
            "select seal_number, position from journal_leaf where hash = %(hash)s order by seal_number limit 1",
            {"hash": hashed},
        )
    )


def _proof(place: tuple[int, int] | None) -> Proof | None:
    if place is None:
        return None
    number, position = place
    leaves = sql.rows(
        "select hash from journal_leaf where seal_number = %(number)s order by position", {"number": number}
    )
    row = sql.one(
        f"select {_HEAD}, coalesce(b.chain, repeat('0', 64)), coalesce(p.key_id, ''), coalesce(p.signature, '') "  # noqa: S608 - constants of this module
        "from journal_seal s left join journal_seal b on b.number = s.number - 1 left join lateral "
        "(select key_id, signature from journal_publication where seal_number = s.number order by at, place limit 1) p "
        "on true where s.number = %(number)s",
        {"number": number},
    )
    if row is None or position >= len(leaves):
        return None
    head = Witnessed(*row[:6])
    hashes = [bytes(leaf[0]) for leaf in leaves]
    path = audit_path(hashes, position, head.algorithm)
    return Proof(hashes[position].hex(), position, path, head, *row[6:])
