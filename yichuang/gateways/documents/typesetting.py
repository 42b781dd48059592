"""PDF by typst: templates from the package, data as inert JSON, the same bytes for the same data; in a process of its own (`engines`).

The files are PDF/A-2b, the profile for archives; it also refuses any character that no typeface can draw, so a
document never shows boxes in place of a name.
"""

import atexit
import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from yichuang.gateways.documents.typefaces import NO_FACE, UNDRAWN, contents
from yichuang.gateways.engines import Engine, Kind, address_of
from yichuang.kernel.errors import Unavailable

TEMPLATES = Path(__file__).parent / "templates"
MOST_SECONDS = 60.0
_HERE = Path(__file__).resolve().parent
# With the templates: after an update nobody is answered by an engine that has read those of before.
_SOURCES = (
    _HERE / "typesetting_engine.py", _HERE / "typefaces.py", _HERE.parent / "engine_serving.py", *sorted((_HERE / "templates").glob("*.typ")),
)  # fmt: skip
DOCUMENTS = Kind(
    module="yichuang.gateways.documents.typesetting_engine",
    name="typesetting",
    away="排版程序没有启动，不能生成 PDF 文书。",
    slow="PDF 文书没有在限定时间内排完。",
    shorter="请告诉管理员，或者使用网页、DOCX",
)


NO_PICTURES: Mapping[str, bytes] = MappingProxyType({})


class TypesettingFault(RuntimeError):
    """A template and its data do not fit: a fault of ours, in the words of the compiler."""


def pdf(
    template: str, data: Mapping[str, Any], fonts: Path, dated: date, pictures: Mapping[str, bytes] = NO_PICTURES
) -> bytes:  # fmt: skip
    """Set `template` (a file of the package) with `data` and the typefaces of the folder `fonts`.

    `data` reaches the template as JSON: no part of it is ever read as markup. `dated` becomes the document's date; `pictures`
    are found by the template under the names that `named` gives them.
    Where the folder has no Chinese typeface, or lacks a character, the machine's own typefaces are tried.
    Raises Unavailable where there is no Chinese typeface, a character cannot be drawn or time runs out.
    """
    content = json.dumps({**data, "dated": [dated.year, dated.month, dated.day]}, ensure_ascii=False)
    asked = {
        "template": template, "data": content, "fonts": str(fonts.resolve()), "dated": dated.isoformat(),
        "pictures": {name: b64encode(picture).decode() for name, picture in pictures.items()},
    }  # fmt: skip
    try:
        return typesetter().asked(asked, MOST_SECONDS)
    except ValueError as error:
        raise _refused(str(error), fonts) from error


def named(picture: bytes) -> str:
    """What a picture (PNG) is called while a document is set: by what it shows, so that the same document has the same bytes."""
    return f"{hashlib.sha256(picture).hexdigest()}.png"


def _refused(said: str, fonts: Path) -> Exception:
    """What the engine has answered instead of a document."""
    try:
        kind, words = json.loads(said)
    except ValueError:
        return TypesettingFault(said)
    if kind == NO_FACE:
        return Unavailable(
            "没有可用的中文字体，不能生成 PDF 文书。",
            how=f"请在项目目录运行 make setup，或把中文字体文件（.ttf、.otf）放进 {fonts}。",
        )
    if kind == UNDRAWN:
        return Unavailable(
            f"字体中没有这些字，不能生成 PDF 文书：{words}",
            how=f"请把含有这些字的字体文件（.ttf、.otf）放进 {fonts}，再重新生成；在此之前可以使用网页或 DOCX。",
        )
    return TypesettingFault(words)


def has_chinese(fonts: Path) -> bool:
    """Whether the folder or the machine has a typeface for Chinese text; asked anew when the folder's files change."""
    return _has_chinese(fonts.resolve(), contents(fonts))


@lru_cache(maxsize=4)
def _has_chinese(fonts: Path, _files: tuple[tuple[str, int], ...]) -> bool:
    return typesetter().asked({"fonts": str(fonts)}, MOST_SECONDS) == b"yes"


@lru_cache(maxsize=1)
def typesetter() -> Engine:
    """The engine of this installation."""
    made = Engine(DOCUMENTS, address_of("typesetting", _SOURCES))
    atexit.register(made.leave)
    return made
