"""Integrity signals of a period, computed from what happened to cases; nothing is stored and nothing is changed."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from yichuang.directory.flow import Capability
from yichuang.directory.models import Account
from yichuang.feedback.flow.integrity import SIGNALS, SignalKind, SignalRule
from yichuang.feedback.queries.limits import InForce, limits_on
from yichuang.feedback.rules.integrity import Share, outside_hours, standing_out
from yichuang.halls.models import Staffing
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.scope import scope
from yichuang.kernel.times import local
from yichuang.workdays.queries import calendar

SHOWN = 20


@dataclass(frozen=True, slots=True)
class SignalCase:
    """A case behind a signal: what can be looked at."""

    id: UUID
    number: str
    item_name: str
    at: datetime
    words: str = ""


@dataclass(frozen=True, slots=True)
class Signal:
    """What a rule has found about one officer, with the cases behind it (`count` are all, `cases` those asked for).

    `windows`: the codes of those where the officer was on duty in the period.
    """

    kind: SignalKind
    signature: str
    officer: str
    office: str
    count: int
    words: str
    cases: tuple[SignalCase, ...]
    windows: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Department and windows in one line."""
        return " ".join([self.office, *(f"窗口 {code}" for code in self.windows)]).strip()


@dataclass(frozen=True, slots=True)
class SignalGroup:
    """A rule in words as it stands, and what it has found."""

    rule: SignalRule
    words: str
    signals: list[Signal]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The period, whose cases, the limits in force on its last day, where each officer works, how many cases are shown."""

    first: date
    last: date
    scope: dict[str, Any]
    limits: dict[str, InForce]
    offices: dict[str, str]
    windows: dict[str, tuple[str, ...]]
    shown: int | None

    def limit(self, code: str) -> int:
        return self.limits[f"signal.{code}"].value


def signals(first: date, last: date, *, by: Actor, shown: int | None = SHOWN) -> list[SignalGroup]:
    """Every rule with what it has found in a period; both days count. `shown` cases behind each signal, None for all.

    Seven statements. Raises Refused.
    """
    by.require(Capability.INTEGRITY_READ)
    asked_of = {"first": first, "last": last, **scope(by)}
    asked = _Asked(first, last, asked_of, limits_on(last), _offices(), _windows(first, last), shown)
    steps = sql.rows(sql.statement(__file__, "officers"), asked_of)
    found: dict[SignalKind, list[Signal]] = {
        SignalKind.JUMPED_ACCEPTANCE: _jumps(SignalKind.JUMPED_ACCEPTANCE, asked),
        SignalKind.JUMPED_DECISION: _jumps(SignalKind.JUMPED_DECISION, asked),
        SignalKind.CORRECTIONS: _corrections(steps, asked),
        SignalKind.ALONE: _alone(steps, asked),
        SignalKind.INSTANT: _instant(asked),
        SignalKind.TERMINATED: _terminated(steps, asked),
    }
    return [
        SignalGroup(
            rule, rule.rule.format(*(asked.limits[code].value for code in rule.limits)), found[rule.kind]
        )
        for rule in SIGNALS
    ]


def _offices() -> dict[str, str]:
    """Departments of the staff, by the signature that facts bear. One statement."""
    accounts = Account.objects.filter(is_staff=True).values_list("pk", "post__department__short_name")
    return {f"staff:{who}": name or "" for who, name in accounts}


def _windows(first: date, last: date) -> dict[str, tuple[str, ...]]:
    """At which windows the staff were on duty in a period, by signature, each once. One statement."""
    rows = Staffing.objects.filter(since__lte=last).exclude(until__lt=first).order_by("since", "window__code")
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for who, code in rows.values_list("account_id", "window__code"):
        found[f"staff:{who}"][code] = None
    return {signature: tuple(codes) for signature, codes in found.items()}


NO_WINDOW = "-"


@dataclass(frozen=True, slots=True)
class WindowLine:
    """What the rules have found at one window: people, and cases by rule. `code` is `NO_WINDOW` for staff at none."""

    code: str
    people: int
    cases: dict[SignalKind, int]


def by_window(groups: Iterable[SignalGroup]) -> list[WindowLine]:
    """The signals by window. Whoever was on duty at two windows counts at both, so lines may add up to more."""
    people: dict[str, set[str]] = defaultdict(set)
    cases: dict[str, dict[SignalKind, int]] = defaultdict(lambda: dict.fromkeys(SignalKind, 0))
    for signal in (each for group in groups for each in group.signals):
        for code in signal.windows or (NO_WINDOW,):
            people[code].add(signal.signature)
            cases[code][signal.kind] += signal.count
    return [
        WindowLine(code, len(people[code]), cases[code])
        for code in sorted(people, key=lambda c: (c == NO_WINDOW, c))
    ]


def at_window(groups: Iterable[SignalGroup], code: str) -> list[SignalGroup]:
    """The same groups with those signals only whose officer was on duty at a window (or at none: `NO_WINDOW`)."""
    return [
        replace(group, signals=[each for each in group.signals if code in (each.windows or (NO_WINDOW,))])
        for group in groups
    ]


WAITS = {
    SignalKind.JUMPED_ACCEPTANCE: (
        "case.filed", "case.accepted", ["accept"],
        ["case.accepted", "case.correction_asked", "case.refused", "case.withdrawn", "case.terminated"],
    ),
    SignalKind.JUMPED_DECISION: (
        "case.accepted", "case.decided", ["review", "decide"],
        ["case.decided", "case.paused", "case.extended", "case.withdrawn", "case.terminated"],
    ),
}  # fmt: skip


def _jumps(kind: SignalKind, asked: _Asked) -> list[Signal]:
    start, target, works, ends = WAITS[kind]
    waits = {"start": start, "target": target, "works": works, "ends": ends}
    limits = {"days": asked.limit("jump_days"), "cases": asked.limit("jump_cases")}
    rows = sql.rows(sql.statement(__file__, "jumps"), asked.scope | waits | limits)
    made: dict[tuple[str, str], list[SignalCase]] = defaultdict(list)
    for actor, name, case_id, number, item, at, passed, examples in rows:
        words = f"越过 {passed} 件，例：{'、'.join(examples)}"
        made[(actor, name)].append(SignalCase(case_id, number, item, at, words))
    return [
        _signal(kind, actor, name, cases, f"{len(cases)} 件先于较早的件", asked)
        for (actor, name), cases in made.items()
    ]


def _signal(
    kind: SignalKind, actor: str, name: str, cases: list[SignalCase], words: str, asked: _Asked
) -> Signal:
    office, windows = asked.offices.get(actor, ""), asked.windows.get(actor, ())
    return Signal(kind, actor, name or actor, office, len(cases), words, tuple(cases[: asked.shown]), windows)


Row = tuple[Any, ...]


def _shares(
    kind: SignalKind, rows: list[Row], marks: Callable[[Row], bool], asked: _Asked, *, times: int, share: int = 0
) -> list[Signal]:  # fmt: skip
    """Officers whose marked cases stand out of the median (`times`), or reach a fixed share."""
    cases: dict[str, set[UUID]] = defaultdict(set)
    marked: dict[str, dict[UUID, Row]] = defaultdict(dict)
    names: dict[str, str] = {}
    for row in rows:
        names[row[0]] = row[1]
        cases[row[0]].add(row[2])
        if marks(row):
            marked[row[0]].setdefault(row[2], row)
    shares = [Share(actor, len(marked[actor]), len(held)) for actor, held in cases.items()]
    found, middle = standing_out(shares, times=times, least=asked.limit("least_cases"))
    made = []
    for each in found:
        if each.percent < share:
            continue
        behind = [SignalCase(row[2], row[3], row[4], row[6]) for row in marked[each.actor].values()]
        words = f"{each.marked} 件，占经手 {each.cases} 件的 {each.percent}%"
        words += f"；各人中位数 {middle:.1f}%" if times else ""
        made.append(_signal(kind, each.actor, names[each.actor], behind, words, asked))
    return made


def _corrections(steps: list[Row], asked: _Asked) -> list[Signal]:
    rows = [row for row in steps if row[5] in ("case.accepted", "case.correction_asked")]
    least, times = asked.limit("corrections"), asked.limit("times_median")
    return _shares(
        SignalKind.CORRECTIONS,
        rows,
        lambda row: row[5] == "case.correction_asked" and row[7] >= least,
        asked,
        times=times,
    )


def _alone(steps: list[Row], asked: _Asked) -> list[Signal]:
    rows = [row for row in steps if row[5] == "case.decided"]
    share = asked.limit("alone_share")
    return _shares(SignalKind.ALONE, rows, lambda row: not row[8], asked, times=0, share=share)


def _terminated(steps: list[Row], asked: _Asked) -> list[Signal]:
    times = asked.limit("times_median")
    return _shares(SignalKind.TERMINATED, steps, lambda row: row[5] == "case.terminated", asked, times=times)


def _instant(asked: _Asked) -> list[Signal]:
    limits = {"minutes": asked.limit("instant_minutes")}
    rows = sql.rows(sql.statement(__file__, "instant"), asked.scope | limits)
    count = calendar()
    made: dict[tuple[str, str], list[SignalCase]] = defaultdict(list)
    for actor, name, case_id, number, item, at in rows:
        if outside_hours(local(at), count):
            made[(actor, name)].append(SignalCase(case_id, number, item, at))
    return [
        _signal(SignalKind.INSTANT, actor, name, cases, f"{len(cases)} 件", asked)
        for (actor, name), cases in made.items()
    ]
