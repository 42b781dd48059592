"""The auditor's own book: every key that was sent, what was answered, and who may ask for it again."""

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Ack:
    """A filing that the site has acknowledged: the receipt is kept as it was printed."""

    key: str
    user: str
    body_hash: str
    case_no: str
    receipt: str
    attachments: tuple[str, ...]
    was_unknown: bool


@dataclass
class Ledger:
    """Acknowledged filings and open questions. Many clients write into it at once."""

    acks: dict[str, Ack] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    trouble: list[str] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)
    served: list[tuple[float, float]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def sending(self, key: str, body: bytes) -> None:
        """A key goes out, perhaps for the second time."""
        with self._lock:
            self.sent[key] = hashlib.sha256(body).hexdigest()

    def lost_sight(self, key: str) -> None:
        """No answer, or none that says whether the filing happened."""
        with self._lock:
            self.unknown.add(key)

    def answered(self, status: int, body: str) -> None:
        """Count an answer; one that shows the insides of the house is trouble (I16)."""
        with self._lock:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            for word in ("Traceback", "psycopg", "OperationalError", "SELECT ", "insert into"):
                if word in body:
                    self.trouble.append(f"I16: an answer {status} shows “{word}”")

    def acknowledged(self, key: str, user: str, receipt: Mapping[str, Any]) -> None:
        """A 2xx with a receipt. The same key must bring the same receipt for ever."""
        made = Ack(
            key, user, self.sent[key], str(receipt["case_no"]), printed(receipt),
            tuple(str(one["sha256"]) for one in receipt.get("attachments", ())), key in self.unknown,
        )  # fmt: skip
        with self._lock:
            before = self.acks.setdefault(key, made)
            if before.receipt != made.receipt:
                self.trouble.append(f"I3: key {key} brought two receipts: {before.case_no}, {made.case_no}")

    def served_between(self, began: float, ended: float) -> None:
        """An acknowledged request began and ended at these readings of the monotonic clock."""
        with self._lock:
            self.served.append((began, ended))

    def recovered_after(self, moment: float) -> float | None:
        """Seconds from a moment to the first answer to a request that began after it; None while there is none."""
        with self._lock:
            found = [ended for began, ended in self.served if began >= moment]
        return min(found) - moment if found else None

    def complain(self, words: str) -> None:
        """Something that must not happen did."""
        with self._lock:
            self.trouble.append(words)


def printed(receipt: Mapping[str, Any]) -> str:
    """A receipt in one spelling, so that two can be compared letter by letter."""
    return json.dumps(receipt, ensure_ascii=False, sort_keys=True)
