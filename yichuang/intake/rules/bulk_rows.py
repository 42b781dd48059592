"""Rows of a file as filings: each judged by the rules of the form, exactly as if it were filed alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from yichuang.catalogue.rules.answers import Checker, checker_of
from yichuang.catalogue.rules.forms import answered
from yichuang.catalogue.rules.guide import Guide, Material
from yichuang.directory.flow import ApplicantKind, PaperType
from yichuang.intake.rules import bulk_columns as columns
from yichuang.intake.rules import drafting
from yichuang.intake.rules.bulk_cells import Convert, converter
from yichuang.intake.rules.drafting import Party
from yichuang.kernel import canonical, identifiers

WHOLE_ROW = ""
KEY_SIGN = "bulk:"
MOST_KEPT = 1000
PAPERS = {
    "统一社会信用代码": PaperType.CREDIT_CODE, "信用代码": PaperType.CREDIT_CODE, "营业执照": PaperType.CREDIT_CODE,
    "居民身份证": PaperType.RESIDENT_ID, "身份证": PaperType.RESIDENT_ID, "公民身份号码": PaperType.RESIDENT_ID,
    "001": PaperType.CREDIT_CODE, "111": PaperType.RESIDENT_ID,
}  # fmt: skip

Faults = dict[str, str]
"""What is wrong with a row: number of the column (from 0, as text; "" is the whole row) → one sentence."""


@dataclass(frozen=True, slots=True)
class Named:
    """The applicant that a row names."""

    kind: str
    name: str
    paper_type: str
    paper_number: str
    phone: str = ""

    def plain(self) -> dict[str, str]:
        """As it is kept beside the row."""
        return {name: getattr(self, name) for name in self.__slots__}


class Sound(NamedTuple):
    """A row that may be filed: its key, the canonical text of its answers, whom it is for (None: the operator)."""

    number: int
    key: str
    answers: str
    applicant: Named | None


class Faulty(NamedTuple):
    """A row that may not: its cells as they came, what is wrong with which."""

    number: int
    cells: Sequence[str]
    faults: Faults


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rows of a run are judged by.

    `party` is the operator's own applicant, None where each row names one. `regions`: names of divisions in force by code.
    `papers`: the materials lie on the table. `seal`: what a row's key is made of beside its content.
    """

    guide: Guide
    mapping: Sequence[str]
    party: Party | None
    today: date
    regions: Mapping[str, str]
    seal: str
    papers: bool = False


class _Answer(NamedTuple):
    """A clean answer, and its part of the canonical text; no part where nothing was answered."""

    value: object
    part: str


Clean = Callable[[object], object]
Answers = dict[str, _Answer]


def _answer(code: str, clean: Clean, said: object) -> _Answer:
    value = clean(said)
    if value is None or value in ("", []):
        return _Answer("", "")
    return _Answer(value, f'"{code}":{canonical.plain_text(value)}')


@dataclass(slots=True)
class _Cell:
    """A column of the file that is read: where it stands, which answer it is, how its cells are spelled and tidied.

    Most columns say the same in many rows: what a cell came to is remembered for a while.
    """

    index: int
    code: str
    convert: Convert | None
    clean: Clean
    known: Answers = field(default_factory=dict)

    def answer(self, text: str) -> _Answer:
        """What a cell says."""
        found = self.known.get(text)
        if found is None:
            found = _answer(self.code, self.clean, self.convert(text) if self.convert else text)
            if len(self.known) >= MOST_KEPT:
                self.known.clear()
            self.known[text] = found
        return found


@dataclass(slots=True)
class _Applicants:
    """What a form takes from whoever applies, worked out once for each of them."""

    terms: Terms
    cleaners: Mapping[str, Clean]
    known: dict[Named | None, tuple[Answers, Answers]] = field(default_factory=dict)

    def of(self, who: Named | None, party: Party) -> tuple[Answers, Answers]:
        """What need not be typed, and what cannot be typed otherwise."""
        found = self.known.get(who)
        if found is None:
            form = self.terms.guide.form
            found = (
                self._clean(drafting.prefill(form, party, self.terms.today)),
                self._clean(drafting.identity(form, party)),
            )
            if len(self.known) >= MOST_KEPT:
                self.known.clear()
            self.known[who] = found
        return found

    def _clean(self, said: Mapping[str, object]) -> Answers:
        return {
            code: _answer(code, self.cleaners[code], one)
            for code, one in said.items()
            if code in self.cleaners
        }


class Reader:
    """Reads the rows of one file; made once for a run."""

    def __init__(self, terms: Terms) -> None:
        form = terms.guide.form
        self._terms = terms
        self._checker: Checker = checker_of(form)
        self._places = {code: index for index, code in enumerate(terms.mapping) if code}
        by_name = _regions_by_name(terms.regions)
        fields = {item.code: item for item in form.fields()}
        cleaners = dict(self._checker.cleaners)
        self._cells = tuple(
            _Cell(index, code, converter(fields[code], by_name), cleaners[code])
            for code, index in self._places.items()
            if code in fields
        )
        listed = {one.code: one for one in columns.columns_of(form, for_others=terms.party is None)}
        self._identifiers = frozenset(
            index for code, index in self._places.items() if code in listed and listed[code].is_identifier
        )
        self._applicants = _Applicants(terms, cleaners)
        self._required = tuple(
            (item, item.only_if) for item in terms.guide.materials if drafting.is_required(item)
        )
        self._codes, self._sorted = tuple(cleaners), tuple(sorted(cleaners))

    @property
    def identifiers(self) -> frozenset[int]:
        """Columns whose cells must be text."""
        return self._identifiers

    def reads(self, column: int) -> bool:
        """Whether a column is one of those that are read."""
        return column < len(self._terms.mapping) and bool(self._terms.mapping[column])

    @property
    def is_for_others(self) -> bool:
        """Whether each row names its applicant."""
        return self._terms.party is None

    def paper_of(self, cells: Sequence[str]) -> str:
        """The number of the paper that a row names."""
        return self._cell(cells, columns.PAPER_NUMBER).strip().upper()

    def read(
        self, number: int, cells: Sequence[str], faults: Faults, known: Mapping[str, Party] | None = None
    ) -> Sound | Faulty:
        """One row judged. `faults` are those that the reader of the file saw; `known` applicants by number of paper."""
        if faults:
            return Faulty(number, cells, faults)
        who, party, wrong = self._whom(cells, known or {})
        if party is None:
            return Faulty(number, cells, wrong)
        base, identity = self._applicants.of(who, party)
        typed = self._typed(cells)
        wrong |= self._others(typed, identity)
        said = {**base, **typed, **identity}
        present = {code: said[code].value for code in self._codes if code in said and said[code].part}
        answers = self._checker.asked(present)
        problems = self._checker.check(
            answers, today=self._terms.today, regions=self._terms.regions, tidied=True
        )
        wrong = _together(wrong, self._placed(problems), self._lacking(answers))
        if wrong:
            return Faulty(number, cells, wrong)
        # The canonical texts are put together from their parts: spelling each whole took longer than judging the row.
        parts = [(code, said[code].part) for code in self._sorted if code in answers]
        own = ",".join([part for code, part in parts if code in typed])
        return Sound(number, self._key(who, own), f"{{{','.join([part for _, part in parts])}}}", who)

    def _typed(self, cells: Sequence[str]) -> Answers:
        width = len(cells)
        return {
            one.code: one.answer(text)
            for one in self._cells
            if (text := cells[one.index] if one.index < width else "")
        }

    def _others(self, typed: Answers, identity: Answers) -> Faults:
        """Who applies follows from the account: a row that names somebody else is not filed for the account."""
        found: Faults = {}
        for code in identity.keys() & typed.keys() - {"applicant_kind"}:
            said, own = str(typed[code].value), str(identity[code].value)
            if said.upper() != own.upper():
                found[str(self._places[code])] = f"这一行写的是“{said[:60]}”，本账号只能为“{own[:60]}”申报。"
        return found

    def _placed(self, problems: Mapping[str, str]) -> Faults:
        """Messages at their columns; what has no column stands for the whole row."""
        placed: Faults = {}
        for code, words in problems.items():
            place = self._places.get(code)
            name = WHOLE_ROW if place is None else str(place)
            placed[name] = placed[name] + words if name in placed else words
        return placed

    def _lacking(self, answers: Mapping[str, object]) -> Faults:
        """The materials that these answers call for and a file cannot bring."""
        if self._terms.papers or not self._required:
            return {}
        names = [item.name for item, when in self._required if when is None or answered(when, answers)]
        if not names:
            return {}
        listed = "”“".join(names)
        return {WHOLE_ROW: f"按这一行的情形须交材料“{listed}”，批量申报不能上传文件，请单独申报这一件。"}

    def _key(self, who: Named | None, own: str) -> str:
        """Made of what the row says of itself, whatever file and column it stands in: the same row is never filed twice."""
        paper = who.paper_number if who else ""
        return KEY_SIGN + canonical.digest(f"{self._terms.seal}\n{paper}\n{{{own}}}")

    def _cell(self, cells: Sequence[str], code: str) -> str:
        index = self._places.get(code)
        return cells[index] if index is not None and index < len(cells) else ""

    def _whom(
        self, cells: Sequence[str], known: Mapping[str, Party]
    ) -> tuple[Named | None, Party | None, Faults]:
        """Whom the row is for, as the register knows them or as the row introduces them."""
        if self._terms.party is not None:
            return None, self._terms.party, {}
        texts = {code: self._cell(cells, code).strip() for code, *_ in columns.PARTY}
        wrong: dict[str, str] = {}
        kind = PAPERS.get(texts[columns.PAPER_TYPE])
        if not texts[columns.NAME]:
            wrong[columns.NAME] = "请填写证件上的全称，例如：示例科技有限公司。"
        if kind is None:
            wrong[columns.PAPER_TYPE] = "证件类型应为“统一社会信用代码”或者“居民身份证”。"
        number = texts[columns.PAPER_NUMBER].upper()
        if kind is not None:
            wrong |= _paper_faults(kind, number, self._terms.today)
        who = ApplicantKind.PERSON if kind == PaperType.RESIDENT_ID else ApplicantKind.COMPANY
        if kind is not None and not drafting.may_apply(self._terms.guide, who):
            wrong[columns.PAPER_TYPE] = (
                f"这个事项面向{drafting.audience_words(self._terms.guide)}，这一行的申请人不在其中。"
            )
        if wrong or kind is None:
            return None, None, self._placed(wrong)
        named = Named(who, texts[columns.NAME], kind, number, texts[columns.PHONE])
        return named, _party(named, known.get(number)), {}


def _together(*found: Faults) -> Faults:
    """Faults from several sides: what they say of the same place is said one after the other, none in place of another."""
    wrong: Faults = {}
    for place, words in (one for faults in found for one in faults.items()):
        wrong[place] = wrong[place] + words if place in wrong else words
    return wrong


def _paper_faults(kind: PaperType, number: str, today: date) -> dict[str, str]:
    family = "uscc" if kind == PaperType.CREDIT_CODE else "resident_id"
    verdict = identifiers.check(number, family, today=today)
    if verdict.verdict != "invalid":
        return {}
    return {columns.PAPER_NUMBER: f"证件号码不正确（{'；'.join(verdict.reasons)}）。"}


def _party(named: Named, known: Party | None) -> Party:
    if known is None:
        return Party(named.kind, named.name, named.paper_number, named.phone)
    return Party(
        known.kind, named.name, named.paper_number, named.phone or known.phone, known.address,
        known.legal_representative,
    )  # fmt: skip


def _regions_by_name(names: Mapping[str, str]) -> dict[str, str]:
    """Codes by name, for names that only one division bears."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for code, name in names.items():
        if name in found:
            twice.add(name)
        found[name] = code
    return {name: code for name, code in found.items() if name not in twice}


def seal_of(owner: str, item_id: UUID) -> str:
    """What the key of a row is made of beside its content: who files, for which item."""
    return f"yichuang-bulk-1\n{owner}\n{item_id}"


def unmet(guide: Guide) -> list[Material]:
    """The materials that every filing of this item needs as files: such an item cannot be filed by a table alone."""
    return [one for one in guide.materials if drafting.is_required(one) and one.only_if is None]


def papers_of(guide: Guide, answers: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    """The papers on the window's table that these answers call for: code and copies."""
    return tuple(
        (one.code, max(1, one.copies))
        for one in guide.materials
        if drafting.is_required(one) and (one.only_if is None or answered(one.only_if, answers))
    )
