"""What typst has drawn on the pages of a PDF, read from its content streams.

Only what typst writes is understood; anything else is a ValueError, because a page with a part left out must not leave the
house. Clipping is not followed: nothing of ours reaches beyond its frame.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from yichuang.gateways.documents.ofd.drawing import BLACK, Colour, Glyph, Matrix, Page, Path, Picture, Text
from yichuang.gateways.documents.ofd.fonts import Face
from yichuang.gateways.documents.ofd.pictures import picture_file
from yichuang.gateways.documents.ofd.tokens import Operand, instructions
from yichuang.gateways.late import Late

_misc = Late("pyhanko.pdf_utils.misc")
_reader = Late("pyhanko.pdf_utils.reader")

MM = 25.4 / 72
_UPRIGHT = 1e-4
# Marks for readers' aids, colour rendering, graphics states without effect on our pages.
_WITHOUT_EFFECT = {
    "BDC",
    "BMC",
    "EMC",
    "MP",
    "DP",
    "gs",
    "ri",
    "i",
    "M",
    "J",
    "j",
    "W",
    "W*",
    "BT",
    "ET",
    "cs",
    "CS",
}


@dataclass(frozen=True, slots=True)
class _State:
    """The part of the graphics state that our pages use."""

    matrix: Matrix
    fill: Colour = BLACK
    stroke: Colour = BLACK
    width: float = 1
    dashes: tuple[float, ...] = ()
    face: Face | None = None
    size: float = 0
    hidden: bool = False


@dataclass(slots=True)
class _Book:
    """What the pages share: the fonts read so far, the pictures still to come."""

    pictures: list[bytes]
    faces: dict[Any, Face] = field(default_factory=dict)
    missed: bool = False


def pages_of(pdf: bytes, pictures: Sequence[bytes] = ()) -> list[Page]:
    """Every page of a PDF made by typst. Raises ValueError for what this reader does not know.

    `pictures` are the PNG files of its pictures in their order, if they are at hand.
    """
    try:
        reader = _reader.PdfFileReader(io.BytesIO(pdf))
    except _misc.PdfError as error:
        raise ValueError("no PDF") from error
    book = _Book(list(pictures))
    pages = [_page(page, book) for page in _leaves(reader.root["/Pages"])]
    if pictures and (book.pictures or book.missed):
        raise ValueError("the PDF has other pictures than were set")
    return pages


def _leaves(node: Any) -> list[Any]:
    if "/Kids" not in node:
        return [node]
    return [leaf for kid in node["/Kids"] for leaf in _leaves(kid.get_object())]


def _page(node: Any, book: _Book) -> Page:
    box = node.get("/MediaBox") or node["/Parent"]["/MediaBox"]
    left, bottom, right, top = (float(value) for value in box)
    page = Page((right - left) * MM, (top - bottom) * MM)
    upside = Matrix(MM, 0, 0, -MM, -left * MM, top * MM)
    content = node["/Contents"]
    parts = content if isinstance(content, list) else [content]
    stream = b"\n".join(bytes(part.get_object().data) for part in parts)
    _Hand(page, node["/Resources"], book, _State(upside)).draw(stream)
    return page


class _Hand:
    """Follows one content stream and puts down on the page what it draws."""

    def __init__(self, page: Page, resources: Any, book: _Book, state: _State) -> None:
        self._page, self._resources, self._book = page, resources, book
        self._state, self._kept = state, list[_State]()
        self._path: list[tuple[str, tuple[float, ...]]] = []
        self._line = Matrix()

    def draw(self, stream: bytes) -> None:
        """The whole stream."""
        for operator, operands in instructions(stream):
            if operator in _WITHOUT_EFFECT:
                continue
            act = _ACTS.get(operator)
            if act is None:
                raise ValueError(f"no way to draw the operator {operator}")
            act(self, operands)

    def save(self, _: list[Operand]) -> None:
        """q."""
        self._kept.append(self._state)

    def restore(self, _: list[Operand]) -> None:
        """Q."""
        self._state = self._kept.pop()

    def move_space(self, operands: list[Operand]) -> None:
        """cm."""
        self._state = replace(self._state, matrix=self._state.matrix.after(Matrix(*_numbers(operands))))

    def fill_with(self, operands: list[Operand]) -> None:
        """scn, sc, rg, g."""
        self._state = replace(self._state, fill=_colour(operands))

    def stroke_with(self, operands: list[Operand]) -> None:
        """SCN, SC, RG, G."""
        self._state = replace(self._state, stroke=_colour(operands))

    def line_width(self, operands: list[Operand]) -> None:
        """w."""
        self._state = replace(self._state, width=_numbers(operands)[0])

    def dash(self, operands: list[Operand]) -> None:
        """d."""
        self._state = replace(self._state, dashes=tuple(_numbers(cast("list[Operand]", operands[0]))))

    def segment(self, kind: str, operands: list[Operand]) -> None:
        """m, l, c, h: points go to the page at once."""
        numbers = _numbers(operands)
        points = [self._state.matrix.at(*numbers[at : at + 2]) for at in range(0, len(numbers), 2)]
        self._path.append((kind, tuple(value for point in points for value in point)))

    def rectangle(self, operands: list[Operand]) -> None:
        """re."""
        x, y, width, height = _numbers(operands)
        corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
        for kind, corner in zip("MLLL", corners, strict=True):
            self.segment(kind, list(corner))
        self._path.append(("C", ()))

    def paint(self, *, fill: bool = False, stroke: bool = False, even_odd: bool = False) -> None:
        """S, f, B and their kin; n paints nothing."""
        state = self._state
        if self._path and (fill or stroke):
            scale = abs(state.matrix.a * state.matrix.d - state.matrix.b * state.matrix.c) ** 0.5
            self._page.drawn.append(
                Path(
                    tuple(self._path),
                    state.fill if fill else None,
                    state.stroke if stroke else None,
                    state.width * scale,
                    tuple(length * scale for length in state.dashes),
                    even_odd,
                )
            )
        self._path.clear()

    def set_face(self, operands: list[Operand]) -> None:
        """Tf."""
        name, size = str(operands[0]), _numbers(operands[1:])[0]
        font = self._resources["/Font"].raw_get(name)
        if font not in self._book.faces:
            self._book.faces[font] = Face(font.get_object())
        self._state = replace(self._state, face=self._book.faces[font], size=size)

    def set_mode(self, operands: list[Operand]) -> None:
        """Tr: fill, or (3) nothing."""
        self._state = replace(self._state, hidden=_numbers(operands)[0] == 3)

    def start_line(self, operands: list[Operand]) -> None:
        """Tm."""
        self._line = Matrix(*_numbers(operands))

    def show(self, operands: list[Operand]) -> None:
        """Tj, TJ: one run of glyphs on one line."""
        state = self._state
        if state.face is None:
            raise ValueError("text before a font")
        matrix = state.matrix.after(self._line)
        if abs(matrix.b) > _UPRIGHT or abs(matrix.c) > _UPRIGHT:
            raise ValueError("text on a slope")
        parts = operands[0] if isinstance(operands[0], list) else operands
        glyphs, moved = _glyphs(parts, state.face, state.size, matrix)
        if glyphs and not state.hidden:
            self._page.drawn.append(
                Text(state.face.typeface, state.size * matrix.a, state.fill, matrix.f, tuple(glyphs))
            )
        self._line = self._line.after(Matrix(e=moved))

    def place(self, operands: list[Operand]) -> None:
        """Do: a picture, or a drawing inside the drawing."""
        thing = self._resources["/XObject"][str(operands[0])]
        if thing["/Subtype"] == "/Image":
            self._place_picture(thing)
            return
        inner = Matrix(*(float(value) for value in thing.get("/Matrix", (1, 0, 0, 1, 0, 0))))
        state = replace(self._state, matrix=self._state.matrix.after(inner))
        resources = thing.get("/Resources", self._resources)
        _Hand(self._page, resources, self._book, state).draw(bytes(thing.data))

    def _place_picture(self, thing: Any) -> None:
        matrix = self._state.matrix
        if abs(matrix.b) > _UPRIGHT or abs(matrix.c) > _UPRIGHT:
            raise ValueError("a picture on a slope")
        if self._book.pictures:
            content, form = self._book.pictures.pop(0), "PNG"
        else:
            self._book.missed = True
            content, form = picture_file(thing)
        # The unit square of a picture stands on its lower edge.
        left, top = matrix.at(0, 1)
        self._page.drawn.append(Picture(content, form, left, top, abs(matrix.a), abs(matrix.d)))


def _glyphs(parts: Sequence[Operand], face: Face, size: float, matrix: Matrix) -> tuple[list[Glyph], float]:
    """The glyphs where they stand on the page, and how far the line has moved on."""
    glyphs: list[Glyph] = []
    along = 0.0
    for part in parts:
        if isinstance(part, float):
            along -= part / 1000 * size
        elif isinstance(part, bytes):
            for at in range(0, len(part) - 1, 2):
                number = int.from_bytes(part[at : at + 2])
                advance = face.width(number) / 1000 * size
                if said := face.says.get(number, ""):
                    glyphs.append(Glyph(said, number, matrix.at(along, 0)[0], advance * matrix.a))
                along += advance
    return glyphs, along


def _numbers(operands: Sequence[Operand]) -> list[float]:
    return [operand for operand in operands if isinstance(operand, float | int)]


def _colour(operands: list[Operand]) -> Colour:
    """RGB of 0–255 from one grey or three parts of 0–1."""
    parts = _numbers(operands)
    if len(parts) not in (1, 3) or len(parts) != len(operands):
        raise ValueError("a colour is grey or red, green and blue")
    red, green, blue = (round(max(0.0, min(1.0, part)) * 255) for part in (parts * 3)[:3])
    return red, green, blue


def _paints(**how: bool) -> Callable[[_Hand, list[Operand]], None]:
    return lambda hand, _: hand.paint(**how)


def _segments(kind: str) -> Callable[[_Hand, list[Operand]], None]:
    return lambda hand, operands: hand.segment(kind, operands)


def _closed(hand: _Hand, _: list[Operand]) -> None:
    hand.segment("C", [])
    hand.paint(stroke=True)


_ACTS: dict[str, Callable[[_Hand, list[Operand]], None]] = {
    "q": _Hand.save, "Q": _Hand.restore, "cm": _Hand.move_space, "w": _Hand.line_width, "d": _Hand.dash,
    **dict.fromkeys(("scn", "sc", "rg", "g"), _Hand.fill_with),
    **dict.fromkeys(("SCN", "SC", "RG", "G"), _Hand.stroke_with),
    "m": _segments("M"), "l": _segments("L"), "c": _segments("B"), "h": _segments("C"), "re": _Hand.rectangle,
    "n": _paints(), "S": _paints(stroke=True), "s": _closed, "f": _paints(fill=True),
    "f*": _paints(fill=True, even_odd=True), "B": _paints(fill=True, stroke=True),
    "B*": _paints(fill=True, stroke=True, even_odd=True),
    "Tf": _Hand.set_face, "Tr": _Hand.set_mode, "Tm": _Hand.start_line, "Tj": _Hand.show, "TJ": _Hand.show,
    "Do": _Hand.place,
}  # fmt: skip
