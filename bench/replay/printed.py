"""What the weekly reports of 2022 printed: totals of the year by group, and the days that each report is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

YEAR = 2022
GROUPS = ("licence", "public_service", "other_nine")
LABELS = {"licence": "行政许可", "public_service": "公共服务", "other_nine": "其它九类行权事项"}
VERBS = ("accepted", "concluded")


@dataclass(frozen=True, slots=True)
class Printed:
    """One issue: its number of the year, the week, the day of issue, and accepted and concluded of the year by group."""

    number: int
    first: date
    last: date
    issued: date
    totals: Mapping[str, tuple[int, int]]

    def scaled(self, scale: int) -> dict[tuple[str, str], int]:
        """The totals divided by a scale, half up, by (group, verb)."""
        return {
            (group, verb): half_up(number, scale)
            for group in GROUPS
            for verb, number in zip(VERBS, self.totals[group], strict=True)
        }


def half_up(number: int, scale: int) -> int:
    """A number divided and rounded half up, in whole numbers."""
    return (2 * number + scale) // (2 * scale)


ISSUES = (
    Printed(
        14, date(2022, 5, 5), date(2022, 5, 13), date(2022, 5, 20),
        {"licence": (369_861, 369_148), "public_service": (17_075_536, 5_192_485), "other_nine": (9_494, 10_359)},
    ),
    Printed(
        24, date(2022, 7, 18), date(2022, 7, 22), date(2022, 8, 4),
        {"licence": (465_145, 461_336), "public_service": (18_703_029, 6_476_433), "other_nine": (40_933, 41_684)},
    ),
    Printed(
        29, date(2022, 8, 29), date(2022, 9, 2), date(2022, 9, 27),
        {"licence": (597_002, 591_301), "public_service": (19_476_216, 7_248_456), "other_nine": (48_812, 49_560)},
    ),
    Printed(
        39, date(2022, 11, 14), date(2022, 11, 18), date(2022, 12, 7),
        {"licence": (719_419, 709_838), "public_service": (20_488_250, 8_243_567), "other_nine": (56_320, 56_809)},
    ),
)  # fmt: skip
LAST = ISSUES[-1].last
