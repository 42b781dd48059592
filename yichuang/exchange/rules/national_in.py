"""Rows of the national exchange tables as events of a reported case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yichuang.exchange.rules.national import moment

ZONE = "+08:00"
# 办件结果: the four that the exchange was seen to carry. Others are quarantined by the ingest, not guessed.
OUTCOMES = {"1": "granted", "2": "denied"}


def events_of(table: str, row: Mapping[str, str]) -> list[dict[str, Any]]:
    """The events that a row tells, as the API takes them. A row must have passed `national.check`.

    The event number is made from the row's own identifier, so that the same row sent again is the same event. A row that is
    marked as deleted takes back what it told. Rows of `up_pro_process` and `up_pro_material` tell no event of the clock.
    """
    makers = {"up_pro_accept": _accepted, "up_pro_result": _decided, "up_pro_special_procedure": _special}
    made = makers[table](row) if table in makers else []
    if row.get("cd_operation", "").strip() != "D":
        return made
    return [_taken_back(event) for event in made]


def _base(row: Mapping[str, str], kind: str, at: datetime | None, suffix: str) -> dict[str, Any]:
    assert at is not None, "the row was checked"
    return {
        "source_number": row["project_no"].strip(),
        "event_no": f"{row['row_guid'].strip()}:{suffix}",
        "kind": kind,
        "at": at.isoformat() + ZONE,
    }


def _accepted(row: Mapping[str, str]) -> list[dict[str, Any]]:
    event = _base(row, "accepted", moment(row["accept_date"].strip()), "accepted")
    event["item_code"] = (row.get("task_handle_item") or row["task_code"]).strip()
    event["applicant_name"] = row["applyer_name"].strip()
    event["channel"] = row["apply_type"].strip()
    promised = moment((row.get("promise_date") or "").strip())
    if promised is not None:
        event["due_on"] = promised.date().isoformat()
    return [event]


def _decided(row: Mapping[str, str]) -> list[dict[str, Any]]:
    event = _base(row, "decided", moment(row["result_date"].strip()), "decided")
    code = row["result_type"].strip()
    return [event | {"outcome": OUTCOMES.get(code, code)}]


def _special(row: Mapping[str, str]) -> list[dict[str, Any]]:
    started = _base(row, "special_started", moment(row["special_time"].strip()), "started")
    started["special"] = {"kind": row["special_type"].strip(), "name": row["special_name"].strip()}
    ended = moment((row.get("end_time") or "").strip())
    return [started] if ended is None else [started, _base(row, "special_ended", ended, "ended")]


def _taken_back(event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "source_number": event["source_number"],
        "event_no": f"{event['event_no']}:D",
        "kind": "corrected",
        "at": event["at"],
        "takes_back": event["event_no"],
    }
