"""The text of an uploaded list, as the spreadsheets of this country write it, and its cells."""

import csv
import io
from collections.abc import Iterator

from yichuang.kernel.csv_out import DANGEROUS
from yichuang.kernel.errors import Invalid

WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
ENCODINGS = ("utf-8-sig", "gb18030")


def decode(content: bytes, *, problem: type[Invalid] = Invalid) -> str:
    """The text of an uploaded list: UTF-8 with or without mark, else GB18030 as spreadsheets here write it.

    Raises `problem` for workbooks and other binary files, and for text in neither encoding.
    """
    if content[:4] in WORKBOOKS:
        raise problem(
            "这是 Excel 工作簿，不是 CSV 文件。", how="请在 Excel 中另存为“CSV UTF-8（逗号分隔）”后再导入。"
        )
    if b"\x00" in content:
        raise problem(
            "文件中有二进制内容，不是 CSV 文本。", how="请导入 UTF-8 或者 GB18030 编码的 CSV 文件。"
        )
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise problem("文件编码无法识别。", how="请将文件另存为 UTF-8 或者 GB18030 编码的 CSV 后再导入。")


def rows_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, each with the line in the file where it ends. Raises Invalid where it is no CSV."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [plain(cell) for cell in cells]
    except csv.Error as error:
        raise Invalid(
            f"第 {reader.line_num} 行不是有效的 CSV 内容。", how="请检查该行的引号和换行后重新导入。"
        ) from error


def plain(cell: str) -> str:
    """A cell without the apostrophe that our own export puts before what would run as a formula; trimmed."""
    text = cell.strip()
    return text[1:].strip() if text[:1] == "'" and text[1:].lstrip()[:1] in DANGEROUS else text
