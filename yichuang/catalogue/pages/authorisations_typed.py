"""What forms of the registers send: text without control characters, days, and the way back to them."""

from datetime import date

from yichuang.kernel.errors import Invalid
from yichuang.kernel.web import Request, clean_text


def typed(request: Request, *names: str, limit: int = 2000) -> dict[str, str]:
    """The named fields of a posted form as text, so that the form can be shown again as it was typed."""
    return {name: clean_text(request.POST.get(name, ""), limit=limit) for name in names}


def typed_day(given: dict[str, str], name: str) -> date | None:
    """A day; none where the field is empty. Raises Invalid, naming the field, for what is no day."""
    if not given[name]:
        return None
    try:
        return date.fromisoformat(given[name])
    except ValueError as error:
        raise Invalid("日期格式有误。", fields={name: "请按 2022-05-13 的格式填写"}) from error
