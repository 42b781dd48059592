"""How fast and how easily matters are handled: by department and by item, and what may be claimed of it.

Counts and working days come from the daily tables; only what no daily table holds (calendar days, trips, classes of
projects) is read from the period's cases.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from yichuang.catalogue.models import Item
from yichuang.directory.queries import department_names
from yichuang.kernel import sql
from yichuang.kernel.offers import Offer, OfferedFigure
from yichuang.statistics import rules
from yichuang.statistics.flow.efficiency import CLAIM, ONLINE_CHANNELS, PROJECT_CLASS_FIELD
from yichuang.statistics.rules.claims import Sentence, formula, sentences
from yichuang.statistics.rules.efficiency import Workload, efficiency, merge

Key = tuple[UUID, UUID]
# What is said of a department as a whole, and what only of one item: a fastest case is always a case of some matter.
OF_DEPARTMENTS = frozenset({"shortened", "trips", "online_filed"})
GAINED = frozenset({"shortened", "ahead"})
OF_ITEMS = frozenset({"shortened", "best", "class_mean", "natural_days"})


@dataclass(frozen=True, slots=True)
class OnlineItem:
    """An item with a guide in force: how often it makes people come, and whether it can be handled online."""

    department_id: UUID
    item_id: UUID
    code: str
    name: str
    visits: int
    online: bool

    @property
    def fully_online(self) -> bool:
        """Handled online from end to end (全程网办): an online channel, and no visit needed."""
        return self.online and self.visits == 0


@dataclass(frozen=True, slots=True)
class Survey:
    """The workload of a period by department and item."""

    first: date
    last: date
    parts: dict[Key, Workload]

    def departments(self) -> set[UUID]:
        """Departments that did something in the period."""
        return {key[0] for key, work in self.parts.items() if work.filed or work.concluded or work.delivered}

    def of(self, department: UUID | None = None) -> Workload:
        """The workload of a department, or of all."""
        return merge(work for key, work in self.parts.items() if department in (None, key[0]))

    def items(self, department: UUID | None = None) -> dict[Key, Workload]:
        """The items that had something in the period."""
        return {
            key: work
            for key, work in self.parts.items()
            if department in (None, key[0]) and (work.filed or work.concluded or work.delivered)
        }


def survey(first_day: date, last_day: date, *, department: UUID | None = None) -> Survey:
    """Read a period. Five statements, whatever the number of cases."""
    asked: dict[str, Any] = {
        "first": first_day, "last": last_day, "department": department, "online": list(ONLINE_CHANNELS),
        "field": PROJECT_CLASS_FIELD,
    }  # fmt: skip
    parts: dict[Key, dict[str, Any]] = defaultdict(dict)
    for body, item, *counts in sql.rows(sql.statement(__file__, "efficiency_counts"), asked):
        parts[body, item] |= dict(zip(("filed", "filed_online", "concluded", "early"), counts, strict=True))
    for body, item, *used in sql.rows(sql.statement(__file__, "efficiency_days"), asked):
        parts[body, item].setdefault("days", []).append(rules.Used(*used))
    for body, item, *sums in sql.rows(sql.statement(__file__, "efficiency_delivered"), asked):
        parts[body, item] |= dict(zip(("delivered", "natural_days", "trips"), sums, strict=True))
    for body, item, name, days, cases in sql.rows(sql.statement(__file__, "efficiency_classes"), asked):
        parts[body, item].setdefault("classes", {})[name] = (days, cases)
    for each in online_items(department):
        parts[each.department_id, each.item_id] |= {"guides": 1, "online_guides": int(each.fully_online)}
    made = {
        key: Workload(**{**values, "days": tuple(values.get("days", ()))}) for key, values in parts.items()
    }
    return Survey(first_day, last_day, made)


def online_items(department: UUID | None = None) -> list[OnlineItem]:
    """Every item in use with a guide in force, of a department or of all, by code. One statement."""
    found = sql.rows(sql.statement(__file__, "efficiency_guides"), {"department": department})
    return [OnlineItem(*row) for row in found]


def item_names(ids: set[UUID]) -> dict[UUID, str]:
    """The names of items by id."""
    return dict(Item.objects.filter(pk__in=ids).values_list("pk", "name"))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A sentence that may be claimed, of whom, and with its formula in words."""

    department_id: UUID
    department: str
    item_id: UUID | None
    sentence: Sentence
    formula: str


def claims(first_day: date, last_day: date, *, department: UUID | None = None) -> list[Claimed]:
    """Every claim that the figures of a period yield: of each department, then of each of its items."""
    return claims_of(survey(first_day, last_day, department=department))


def claims_of(read: Survey) -> list[Claimed]:
    """The claims that a survey yields. Two statements for the names."""
    bodies, items = department_names(), item_names({key[1] for key in read.items()})
    found = []
    for body in sorted(read.departments(), key=lambda each: (bodies.get(each, ""), str(each))):
        name = bodies.get(body, "（已撤销的部门）")
        whole: list[tuple[UUID | None, str, Workload]] = [(None, name, read.of(body))]
        parts = sorted(read.items(body).items(), key=lambda part: (-part[1].concluded, str(part[0])))
        whole += [(key[1], f"{name}“{items.get(key[1], '（已删除的事项）')}”", work) for key, work in parts]
        found += [
            Claimed(body, name, item, sentence, formula(sentence.code))
            for item, subject, work in whole
            for sentence in sentences(subject, efficiency(work))
            if sentence.code in (OF_ITEMS if item else OF_DEPARTMENTS)
        ]
    return found


def cases_address(read_first: date, read_last: date, claim: str, **narrowed: object) -> str:
    """The list of the cases behind a number; empty narrowings are left out."""
    asked = {"claim": claim, "first": read_first, "last": read_last, **narrowed}
    return f"/desk/figures/efficiency/cases?{urlencode({name: str(v) for name, v in asked.items() if v})}"


def offers(first: date, last: date) -> list[Offer]:
    """The claims of a period as sentences for the report, each figure with the address of the cases behind it."""
    return [_offer(each, first, last) for each in claims(first, last)]


def _offer(claimed: Claimed, first: date, last: date) -> Offer:
    whose = {"department": claimed.department_id, "item": claimed.item_id or ""}
    figures = tuple(
        OfferedFigure(
            f"efficiency.{each.code}", CLAIM[each.code].label, each.value, CLAIM[each.code].unit, last, each.printed,
            cases_address(first, last, each.code, **whose, **each.narrowed),
        )
        for each in claimed.sentence.quoted
    )  # fmt: skip
    kind = "-".join([claimed.sentence.code, *claimed.sentence.quoted[0].narrowed.values()])
    subject = claimed.item_id or claimed.department_id
    return Offer(
        key=f"efficiency:{kind}:{subject}:{first}:{last}",
        register="efficiency",
        topic="efficiency",
        text=claimed.sentence.text,
        address=figures[0].address,
        day=last,
        department_id=claimed.department_id,
        department=claimed.department,
        figures=figures,
        strength=_strength(claimed.sentence),
    )


def _strength(sentence: Sentence) -> Decimal | int:
    """How much there is to tell: working days gained against the statutory limit; nothing for what gains none."""
    return max((each.value for each in sentence.quoted if each.code in GAINED), default=0)
