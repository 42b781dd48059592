"""Words in SQL: labels for codes, names masked, cells that no spreadsheet runs. What Python says elsewhere, said to the server."""

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from yichuang.exports.flow import Column, Sort
from yichuang.kernel.csv_out import DANGEROUS
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import parse_uuid

Asked = Mapping[str, str]
# Code points of control, format and space signs (Cc, Cf, Zs, Zl, Zp): some spreadsheets pass over them at a cell's start.
UNSEEN = (
    (0x01, 0x20), (0x7F, 0xA0), (0xAD, 0xAD), (0x600, 0x605), (0x61C, 0x61C), (0x6DD, 0x6DD), (0x70F, 0x70F),
    (0x890, 0x891), (0x8E2, 0x8E2), (0x1680, 0x1680), (0x180E, 0x180E), (0x2000, 0x200F), (0x2028, 0x202F),
    (0x205F, 0x2064), (0x2066, 0x206F), (0x3000, 0x3000), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0x110BD, 0x110BD),
    (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0001, 0xE0001), (0xE0020, 0xE007F),
)  # fmt: skip
# A cell that begins with a letter of ASCII, a digit or a Chinese character begins with what it shows: almost all do.
_PLAIN = ((0, 0), (48, 57), (65, 90), (97, 122), (0x4E00, 0x9FFF))
_CONTROLLED = (9, 10, 13)
_SPACES = [code for code in range(1, 0x3001) if chr(code).isspace()]


def literal(text: str) -> str:
    """A constant of ours as SQL; its per cent signs survive the binding of parameters."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def worded(expression: str, labels: Iterable[tuple[str, str]]) -> str:
    """The label of a code; empty for one that has none."""
    cases = " ".join(f"when {literal(str(code))} then {literal(label)}" for code, label in labels)
    return f"case {expression}::text {cases} else '' end"


def masked_name(name: str, is_person: str) -> str:
    """A person's name as `kernel.masking` masks it, a company's whole. Of an applicant unknown the name is masked."""
    # What Python strips: the full-width space of Chinese forms among it.
    spaces = "".join(map(_sign, _SPACES))
    text = f"btrim({name}, E'{spaces}')"
    return (
        f"case when not coalesce({is_person}, true) then {name} when {text} = '' then '' when char_length({text}) = 1 then '*' "
        f"when char_length({text}) = 2 then left({text}, 1) || '*' else left({text}, 1) || '*' || right({text}, 1) end"
    )


def safe(cell: str) -> str:
    """The cell as `csv_out.safe` writes it: an apostrophe before what would be run as a formula."""
    plain = " or ".join(f"ascii({cell}) between {first} and {last}" for first, last in _PLAIN)
    first_sign = "'^[" + "".join(f"{_sign(first)}-{_sign(last)}" for first, last in UNSEEN) + "]*'"
    signs = "||".join(f"chr({ord(sign)})" for sign in DANGEROUS)
    # A sign left at the start once the unseen are gone, and one of the dangerous: position() of '' would be 1, so length is asked.
    shown = f"left(regexp_replace({cell}, {first_sign}, ''), 1)"
    controlled = ", ".join(map(str, _CONTROLLED))
    return (
        f"case when {plain} then {cell} when ascii({cell}) in ({controlled}) or ({shown} <> '' and position({shown} in {signs}) > 0) "
        f"then '''' || {cell} else {cell} end"
    )


def _sign(code: int) -> str:
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"


def statement(columns: Iterable[Column], source: str, *, formulas_off: bool) -> str:
    """The `select` that yields a list as text; with `formulas_off` cells that people typed are neutralised."""
    columns = list(columns)
    inner = ", ".join(f"{one.sql} as c{place}" for place, one in enumerate(columns))
    outer = ", ".join(
        safe(f"c{place}") if formulas_off and one.sort is Sort.TYPED else f"c{place}"
        for place, one in enumerate(columns)
    )
    # `offset 0`: each cell is made once, and looked at as it is.
    return f"select {outer} from (select {inner} from {source} offset 0) list"  # noqa: S608 - constants of ours


def asked_day(asked: Asked, name: str) -> date | None:
    """A day of the question; None where it is not asked for. Raises Invalid for what is no day."""
    given = asked.get(name, "")
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise Invalid("筛选条件里的日期有误。", how="请回到清单重新筛选，再点“导出”。") from error


def asked_id(asked: Asked, name: str) -> UUID | None:
    """An id of the question; None where it is not asked for. Raises Invalid for what is none."""
    given = asked.get(name, "")
    found = parse_uuid(given)
    if given and found is None:
        raise Invalid("筛选条件有误。", how="请回到清单重新筛选，再点“导出”。")
    return found
