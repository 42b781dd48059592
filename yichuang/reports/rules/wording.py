"""The fixed words of a report's head and foot: dates, periods, numbers."""

from datetime import date

DRAFT_NUMBER = "（草稿，期号于签发时编定）"


def day_zh(day: date) -> str:
    """2022年9月2日: Arabic digits without leading zeros (GB/T 9704-2012)."""
    return f"{day.year}年{day.month}月{day.day}日"


def short_day(day: date) -> str:
    """9月2日."""
    return f"{day.month}月{day.day}日"


def period_text(first: date | None, last: date | None) -> str:
    """（8月29日—9月2日）; the years are named only where they differ; one day stands alone; unknown is empty."""
    if last is None:
        return ""
    if first is None or first == last:
        return f"（{short_day(last)}）"
    if first.year != last.year:
        return f"（{day_zh(first)}—{day_zh(last)}）"
    return f"（{short_day(first)}—{short_day(last)}）"


def number_line(year: int | None, number: int | None, total: int | None) -> str:
    """2022年第29期（总第404期）; what is unknown is left out."""
    if year is None or number is None:
        return ""
    return f"{year}年第{number}期" + (f"（总第{total}期）" if total is not None else "")


def copies_text(copies: int | None) -> str:
    """（共印80份）, nothing for none."""
    return f"（共印{copies}份）" if copies else ""


def closed(sentence: str) -> str:
    """The sentence with one full stop; nothing stays nothing."""
    kept = sentence.strip()
    return kept if not kept or kept[-1] in "。！？：" else f"{kept}。"
