"""Helpers for the tests of the reader: short forms of what was read, and small reports around one paragraph."""

from datetime import date
from pathlib import Path

from yichuang.reports.rules.reading import ReadReport, decode, read_report
from yichuang.reports.rules.reading.report import Figure, Period, Visit

SYNTHETIC = Path(__file__).parent / "synthetic"
WEEK = Period(date(2023, 3, 6), date(2023, 3, 12))
HEAD = "示例市政务服务周报\n2023年第9期\n2023年3月15日\n（3月6日—3月12日）\n"

ShortFigure = tuple[str, str | None, str, str, str | None]


def synthetic(name: str) -> ReadReport:
    """What is read from one of our own reports."""
    path = SYNTHETIC / f"{name}.txt"
    return read_report(decode(path.read_bytes()), path.name)


def around(paragraph: str, heading: str = "办件情况") -> ReadReport:
    """A report of a fictional city that holds just this paragraph."""
    return read_report(f"{HEAD}一、{heading}\n{paragraph}\n")


def short(figure: Figure) -> ShortFigure:
    """Scope, type, measure, value and unit."""
    return figure.scope.value, figure.type, figure.measure, str(figure.value), figure.unit


def figures(paragraph: str) -> list[ShortFigure]:
    """The figures of one paragraph in short form."""
    return [short(figure) for figure in around(paragraph).figures]


def visitor(visit: Visit) -> tuple[str | None, str, str]:
    """Department, posts and person."""
    return visit.department, visit.post, visit.person
