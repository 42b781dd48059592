"""Names of departments against the names that are known, and one form of a name within an issue."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache

from yichuang.reports.rules.style.findings import Finding
from yichuang.reports.rules.style.sheet import Name, Sheet

# Only where a clause begins can a name be told from the words before it: Chinese has no spaces.
_CLAUSE = re.compile(
    r"(?:^|[，。；：、“（\n]|近日|日前|本周|会同|分别由|(?<=日))"
    r"(?P<name>省[\u4e00-\u9fff]{2,9}?(?:厅|委员会|局|委(?![托员任派会])|办(?![理公法事件结证好成])))"
    r"(?![部长面限级域际势])"
)
_HALL = re.compile(
    r"(?:^|[，。；：、“（\n]|近日|日前|本周|会同|(?<=日))(?P<name>[\u4e00-\u9fff]{2,7}厅)(?!长)"
)
_NO_BODY = re.compile(
    r"大厅|分厅|客厅|餐厅|播厅|展厅|音乐厅|委员|各[^，]*厅|[由在到从至与和及了]|省委|党委|省政府|办事|窗口|政务|联系|陪同|调研|率|赴|厅内"
)
_TITLE = re.compile(r"《[^》\n]*》")
_CLOSE = 0.6


def departments(text: str, sheet: Sheet) -> Iterator[Finding]:
    """Forms that are to be replaced, and what looks like a department and is none that is known."""
    taken: list[tuple[int, int]] = []
    wrong, known = _tables(sheet.names)
    for found in known.finditer(text) if known else ():
        taken.append(found.span())
    for found in wrong[0].finditer(text) if wrong[0] else ():
        if not _within(found.span(), taken):
            right = wrong[1][found[0]]
            taken.append(found.span())
            yield Finding("department-name", *found.span(), found[0], f"写成「{right}」", right)
    if not sheet.names:
        return
    for pattern in (_CLAUSE, _HALL):
        for found in pattern.finditer(text):
            span = found.span("name")
            if not _NO_BODY.search(found["name"]) and not _touches(span, taken):
                taken.append(span)
                yield Finding("department-unknown", *span, found["name"], _suggestion(found["name"], sheet))


@lru_cache(maxsize=8)
def _tables(
    names: tuple[Name, ...],
) -> tuple[tuple[re.Pattern[str] | None, dict[str, str]], re.Pattern[str] | None]:
    wrong = {form: name.short for name in names for form in name.wrong}
    return (_any_of(wrong), wrong), _any_of([form for name in names for form in name.forms])


def _any_of(words: Sequence[str] | dict[str, str]) -> re.Pattern[str] | None:
    longest = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest))) if longest else None


def _within(span: tuple[int, int], taken: Sequence[tuple[int, int]]) -> bool:
    return any(a <= span[0] and span[1] <= b for a, b in taken)


def _touches(span: tuple[int, int], taken: Sequence[tuple[int, int]]) -> bool:
    return any(a < span[1] and span[0] < b for a, b in taken)


def _suggestion(name: str, sheet: Sheet) -> str:
    forms = {form: each.short for each in sheet.names for form in each.forms}
    near = get_close_matches(name, forms, n=1, cutoff=_CLOSE)
    if near:
        return f"是否为「{forms[near[0]]}」？不是的，请在机构名录中补充"
    return "请核对；名称无误的，请在机构名录中补充"


def mixed_names(texts: Sequence[str], sheet: Sheet) -> Iterator[tuple[int, Finding]]:
    """Where one issue writes a name in two forms: the rarer form, each time, with the number of its text."""
    groups = [name.forms for name in sheet.names] + list(sheet.mixed)
    for group in groups:
        places = _places(texts, group)
        if len(places) < 2:
            continue
        kept = max(places, key=lambda form: (len(places[form]), -group.index(form)))
        for form, found in places.items():
            for number, start in found if form != kept else ():
                how = f"本期多数写「{kept}」，请统一"
                yield number, Finding("mixed-names", start, start + len(form), form, how, kept)


def _places(texts: Sequence[str], group: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
    """Where each form stands by itself; what the standard form merely leaves out (省, 四川省) is no other form."""
    pattern = _any_of(list(group))
    places: dict[str, list[tuple[int, int]]] = {}
    for number, text in enumerate(texts):
        # What a title quotes is the title's, and no name of ours.
        own = _TITLE.sub(lambda quoted: " " * len(quoted[0]), text)
        for found in pattern.finditer(own) if pattern else ():
            places.setdefault(found[0], []).append((number, found.start()))
    bare: dict[str, str] = {}
    for form in list(places):
        core = form.removeprefix("四川省").removeprefix("省")
        if core in bare:
            places[bare[core]] += places.pop(form)
        else:
            bare[core] = form
    return places
