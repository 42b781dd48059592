"""CSV of any list: streamed, opened by spreadsheets as UTF-8, and never run as a formula."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal
from urllib.parse import quote

from django.http import StreamingHttpResponse

# A cell that begins with one of these is a formula to a spreadsheet (full-width and typographic forms included).
DANGEROUS = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠", "｜", "％", "−", "﹢", "﹣", "﹦", "﹫")
# Signs that some spreadsheets pass over at the start of a cell, so that the next one decides.
UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def safe(value: object) -> str:
    """A cell's text: what would be run as a formula gets an apostrophe in front. Numbers stay numbers."""
    text = "" if value is None else str(value)
    if isinstance(value, int | Decimal):
        return text
    first = next((sign for sign in text if unicodedata.category(sign) not in UNSEEN), "")
    controlled = text[:1] in ("\t", "\r", "\n", "\0")
    return f"'{text}" if controlled or first in DANGEROUS else text


def lines(head: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The file line by line, with the mark by which spreadsheets recognise UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([safe(cell) for cell in head])
    yield "\ufeff" + buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([safe(cell) for cell in row])
        yield buffer.getvalue()


def csv_response(name: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> StreamingHttpResponse:
    """The file as a download."""
    response = StreamingHttpResponse(lines(head, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return response
