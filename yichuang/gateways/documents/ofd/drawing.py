"""What is drawn on a page: texts, paths and pictures in millimetres from the upper left corner."""

from dataclasses import dataclass, field

Colour = tuple[int, int, int]
BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Matrix:
    """An affine map: x' = a·x + c·y + e, y' = b·x + d·y + f."""

    a: float = 1
    b: float = 0
    c: float = 0
    d: float = 1
    e: float = 0
    f: float = 0

    def after(self, first: "Matrix") -> "Matrix":
        """The map that does `first`, then this one."""
        return Matrix(
            first.a * self.a + first.b * self.c,
            first.a * self.b + first.b * self.d,
            first.c * self.a + first.d * self.c,
            first.c * self.b + first.d * self.d,
            first.e * self.a + first.f * self.c + self.e,
            first.e * self.b + first.f * self.d + self.f,
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point goes."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


@dataclass(frozen=True, slots=True)
class Typeface:
    """A subset typeface of the file: PostScript name, a program that stands alone, Unicode → glyph."""

    name: str
    family: str
    program: bytes
    glyphs: dict[str, int]
    extension: str = "ttf"


@dataclass(frozen=True, slots=True)
class Glyph:
    """One glyph: what it says, its number in the typeface, where its origin stands, how wide it is."""

    text: str
    number: int
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Text:
    """Glyphs of one typeface and size on one base line `y`."""

    typeface: Typeface
    size: float
    colour: Colour
    y: float
    glyphs: tuple[Glyph, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """Segments (M, L, B, C with their points), filled or stroked."""

    segments: tuple[tuple[str, tuple[float, ...]], ...]
    fill: Colour | None = None
    stroke: Colour | None = None
    width: float = 0
    dashes: tuple[float, ...] = ()
    even_odd: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """An upright picture (PNG or JPEG) in its frame."""

    content: bytes
    format: str
    x: float
    y: float
    width: float
    height: float


@dataclass(slots=True)
class Page:
    """A page with what is drawn on it, in the order of drawing."""

    width: float
    height: float
    drawn: list[Text | Path | Picture] = field(default_factory=list)
