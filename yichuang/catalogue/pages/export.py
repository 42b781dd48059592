"""Lists as CSV files that a spreadsheet opens without asking."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote

from django.http import StreamingHttpResponse

# A cell that begins like this would be run as a formula.
_FORMULA = ("=", "+", "-", "@", "\t")
_MARK = "\ufeff"


class _Line:
    """What the writer writes to: a line is handed on, not kept."""

    def write(self, text: str) -> str:
        """Give back what was written."""
        return text


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """A CSV download, row by row, in UTF-8 with a mark."""
    response = StreamingHttpResponse(_lines(head, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def _lines(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    yield _MARK + str(writer.writerow(head))
    for row in rows:
        yield str(writer.writerow([_safe(cell) for cell in row]))


def _safe(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
