"""What may be claimed of a workload, as sentences of official prose with the figures that stand in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from yichuang.statistics.flow.efficiency import CLAIM, PROJECT_CLASSES
from yichuang.statistics.rules.efficiency import Efficiency, printed


@dataclass(frozen=True, slots=True)
class Quoted:
    """One number of a sentence: the claim it is, its value, and what narrows down the cases behind it."""

    code: str
    value: Decimal | int
    narrowed: Mapping[str, str] = field(default_factory=dict)

    @property
    def printed(self) -> str:
        """As it stands in the sentence."""
        return printed(self.value)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One claim in words. `code` names the claim whose formula it follows."""

    code: str
    text: str
    quoted: tuple[Quoted, ...]


def sentences(subject: str, found: Efficiency) -> list[Sentence]:
    """Every claim that the figures yield; none that they do not. `subject`: 水利厅, or 水利厅“取水许可”."""
    made = [
        _speed(subject, found),
        _best(subject, found),
        *_classes(subject, found),
        _simple(subject, "natural_days", found.natural_days, "从提交申请到领取结果平均 {} 个自然日"),
        _simple(subject, "trips", found.trips, "办理一件平均到现场 {} 次"),
        _simple(subject, "online_filed", found.online_filed, "网上提交率 {}%"),
    ]
    return [each for each in made if each is not None]


def _speed(subject: str, found: Efficiency) -> Sentence | None:
    if found.mean_days is None or not found.concluded:
        return None
    quoted = [Quoted("concluded", found.concluded), Quoted("mean_days", found.mean_days)]
    words = f"{subject}办结{found.concluded}件，平均用时{printed(found.mean_days)}个工作日"
    if found.shortened is not None and found.shortened > 0:
        quoted.append(Quoted("shortened", found.shortened))
        words += f"，较法定时限缩短{printed(found.shortened)}个工作日"
    if found.early_share:
        quoted.append(Quoted("early_share", found.early_share))
        words += f"，提前办结率{printed(found.early_share)}%"
    return Sentence("shortened", f"{words}。", tuple(quoted))


def _best(subject: str, found: Efficiency) -> Sentence | None:
    if found.best is None:
        return None
    narrowed = {"ahead": str(found.best.ahead)}
    return Sentence(
        "best",
        f"{subject}最快一件用时{found.best.days_used}个工作日，较法定时限提前{found.best.ahead}个工作日。",
        (Quoted("best", found.best.days_used, narrowed), Quoted("ahead", found.best.ahead, narrowed)),
    )


def _classes(subject: str, found: Efficiency) -> list[Sentence]:
    return [
        Sentence(
            "class_mean",
            f"{subject}{PROJECT_CLASSES.get(name, name)}平均用时{printed(value)}个工作日。",
            (Quoted("class_mean", value, {"project_class": name}),),
        )
        for name, value in found.classes
    ]


def _simple(subject: str, code: str, value: Decimal | None, words: str) -> Sentence | None:
    if value is None:
        return None
    text = words.replace(" ", "").format(printed(value))
    return Sentence(code, f"{subject}{text}。", (Quoted(code, value),))


def formula(code: str) -> str:
    """A claim's formula and what its period filters, in words."""
    return f"{CLAIM[code].formula}；{CLAIM[code].period}"
