"""The signals that auditors look at: each with its rule in words. A signal asks for a look; it is no verdict."""

from dataclasses import dataclass
from enum import StrEnum


class SignalKind(StrEnum):
    """What is looked for."""

    JUMPED_ACCEPTANCE = "jumped_acceptance"
    JUMPED_DECISION = "jumped_decision"
    CORRECTIONS = "corrections"
    ALONE = "alone"
    INSTANT = "instant"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class SignalRule:
    """A signal's name, its rule in words, and the codes of the limits that fill the places in it."""

    kind: SignalKind
    label: str
    rule: str
    limits: tuple[str, ...]


SIGNALS = (
    SignalRule(
        SignalKind.JUMPED_ACCEPTANCE, "受理插队",
        "受理一件时，同一事项有 {} 件以上收件早 {} 个自然日以上的还没有作出第一次处理。",
        ("signal.jump_cases", "signal.jump_days"),
    ),
    SignalRule(
        SignalKind.JUMPED_DECISION, "决定插队",
        "决定一件时，同一事项有 {} 件以上受理早 {} 个自然日以上的还没有决定（进入过特别程序的不算）。",
        ("signal.jump_cases", "signal.jump_days"),
    ),
    SignalRule(
        SignalKind.CORRECTIONS, "反复补正",
        "同一件退回补正 {} 次以上的，占本人经手受理环节的比例达到各人中位数的 {}% 以上，且经手不少于 {} 件。",
        ("signal.corrections", "signal.times_median", "signal.least_cases"),
    ),
    SignalRule(
        SignalKind.ALONE, "一人经手",
        "本人领取并决定、其间没有他人提出意见或者转交的，占本人决定的 {}% 以上，且决定不少于 {} 件。",
        ("signal.alone_share", "signal.least_cases"),
    ),
    SignalRule(
        SignalKind.INSTANT, "非工作时间即时办结",
        "收件后 {} 分钟以内，在休息日或者 9:00 前、17:30 后作出决定。", ("signal.instant_minutes",),
    ),
    SignalRule(
        SignalKind.TERMINATED, "终结过多",
        "本人终结的占其经手各件（受理、退回补正、决定、终结）的比例，达到各人中位数的 {}% 以上，且经手不少于 {} 件。",
        ("signal.times_median", "signal.least_cases"),
    ),
)  # fmt: skip
NO_VERDICT = "预警只说明数据符合规则，不是结论，更不是对任何人的认定；请调阅办件、听取说明后再作判断。"
VIEWED = "integrity.viewed"
