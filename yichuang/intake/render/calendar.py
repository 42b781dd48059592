"""A receipt as a calendar file (RFC 5545): the day by which the window must answer, for the applicant's phone."""

from datetime import UTC, timedelta

from yichuang.cases.rules import ACCEPTANCE_DAYS
from yichuang.intake.queries import Receipt

MEDIA_TYPE = "text/calendar; charset=utf-8"
LONGEST_LINE = 75
_MARKS = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def answer_by(receipt: Receipt, *, office: str, link: str) -> bytes:
    """One event for the whole day. Names the case by its number and says nothing of who applies, for what, or the code.

    `link` is the address where number and code are asked for. The same receipt gives the same bytes at any time, so
    that a second download replaces the entry instead of doubling it.
    """
    day = receipt.accept_by
    said = (
        f"{office}窗口应在这一天以前（收到申请起 {ACCEPTANCE_DAYS} 个工作日内）告诉您是否受理"
        "（行政许可法第三十二条）。用编号和回执上的查询码可以查看进度。"
    )
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Yichuang//Receipt//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:receipt-{receipt.case_id}@yichuang",
        f"DTSTAMP:{receipt.filed_at.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_text(f'办件 {receipt.number} 应答复是否受理')}",
        f"DESCRIPTION:{_text(said)}",
        f"URL:{link}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _text(words: str) -> str:
    return words.translate(_MARKS)


def _folded(line: str) -> str:
    """A line of at most 75 octets; what is longer goes on behind a blank, and no character is cut in two."""
    parts, size = [""], 0
    for sign in line:
        octets = len(sign.encode())
        if size + octets > LONGEST_LINE:
            parts.append("")
            size = 1
        parts[-1] += sign
        size += octets
    return "\r\n ".join(parts)
