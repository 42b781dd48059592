"""Lists of cases: a tab of the desk, a search, the cases behind a figure, those of a campaign."""

from datetime import date
from typing import Any

from yichuang.cases.flow import CHANNEL_LABELS, OUTCOME_LABELS, PROMPTNESS_LABELS, STATE_LABELS, WORK_LABELS
from yichuang.cases.queries import Tab, by_number
from yichuang.cases.queries.queues import NOT_ALL, TAB_LABELS, WORK_OF_TAB, scope
from yichuang.catalogue.models import Item
from yichuang.directory.flow import Capability
from yichuang.directory.queries import MOST_FOUND, Found, applicants_found, department_names
from yichuang.exports.flow import Column, Selection, Sort
from yichuang.exports.queries.wording import Asked, asked_day, asked_id, masked_name, worded
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.masking import Personal, mask
from yichuang.programmes.flow.campaigns import NOT_COUNTED
from yichuang.programmes.queries.campaigns import campaign_for, filer_for
from yichuang.statistics.flow import GROUPS, MEASURES, Form
from yichuang.statistics.queries.counted import TYPES_OF
from yichuang.statistics.queries.late import SOURCE_LABELS

NAME = masked_name("c.applicant_name", "(a.kind = 'person')")
NUMBER = Column("编号", "c.number", Sort.CODE)
ITEM = Column("事项", "c.item_name")
WHO = Column("申请人", NAME)
DEPARTMENT = Column("部门", "d.short_name")
STATE = Column("状态", worded("c.state", STATE_LABELS.items()), Sort.CODE)
FILED = Column("收件日", "c.filed_on", Sort.DAY)
OUTCOME = Column("结果", worded("c.outcome", OUTCOME_LABELS.items()), Sort.CODE)
PROMPT = Column("时效", worded("c.promptness", PROMPTNESS_LABELS.items()), Sort.CODE)
WORK = Column(
    "待办", f"coalesce(nullif({worded('w.kind', WORK_LABELS.items())}, ''), {STATE.sql})", Sort.CODE
)
COLUMNS = (
    NUMBER, ITEM, WHO, DEPARTMENT, STATE, WORK, Column("期限", "coalesce(w.due_on, c.due_on)", Sort.DAY),
    Column("经办", "coalesce(w.holder_name, '')"), FILED, Column("受理日", "c.accepted_on", Sort.DAY),
    Column("办结日", "c.decided_on", Sort.DAY), OUTCOME, PROMPT, Column("用时（工作日）", "c.days_used", Sort.NUMBER),
    Column("急件", "case when c.green then '是' else '' end", Sort.CODE),
    Column("渠道", worded("c.channel", CHANNEL_LABELS.items()), Sort.CODE), Column("区划", "c.region", Sort.CODE),
    Column("法定时限（工作日）", "c.statutory_days", Sort.NUMBER), Column("承诺时限（工作日）", "c.promised_days", Sort.NUMBER),
    Column("补正次数", "c.corrections", Sort.NUMBER),
)  # fmt: skip
BESIDE = "left join directory_department d on d.id = c.department_id left join directory_applicant a on a.id = c.applicant_id"
ENDED = ("delivered", "refused", "terminated")
# What narrows an open tab alone: name of the address → condition.
OPEN_DAYS = {"due_from": "w.due_on >= %(due_from)s", "due_to": "w.due_on <= %(due_to)s"}


def tab_of(asked: Asked) -> Tab:
    """The tab that is asked for. Raises Invalid."""
    given = asked.get("tab", "")
    if given not in {str(one) for one in Tab}:
        raise Invalid("没有这个清单。", how="请回到办件清单，再点“导出”。")
    return Tab(given)


def queue(asked: Asked, by: Actor, today: date) -> Selection:
    """A tab of the desk with its filters, open work by its day, ended cases the newest first."""
    by.require(Capability.CASE_SEARCH)
    tab = tab_of(asked)
    where, parameters = scope(by, "c")
    conditions, more = _narrowed(asked, by, today, tab)
    source, order = "cases_work w join cases_case c on c.id = w.case_id", "w.due_on, w.case_id"
    if tab == Tab.DONE:
        source, order = "cases_case c left join cases_work w on w.case_id = c.id", "c.id desc"
    text = f"{source} {BESIDE} where {' and '.join([where, *conditions])} order by {order}"
    return Selection(COLUMNS, text, parameters | more)


def _narrowed(asked: Asked, by: Actor, today: date, tab: Tab) -> tuple[list[str], dict[str, Any]]:
    kinds = list(ENDED) if tab == Tab.DONE else list(WORK_OF_TAB[tab])
    conditions = ["c.state = any(%(kinds)s)" if tab == Tab.DONE else "w.kind = any(%(kinds)s)"]
    more: dict[str, Any] = {
        "kinds": kinds,
        "item": asked_id(asked, "item"),
        "department": asked_id(asked, "department"),
    }
    for name, column in (("item", "c.item_id"), ("department", "c.department_id")):
        if more[name] is not None:
            conditions.append(f"{column} = %({name})s")
    if asked.get("green") == "1":
        conditions.append("c.green")
    if tab == Tab.DONE:
        return conditions, more
    more |= {name: asked_day(asked, name) for name in OPEN_DAYS} | {"me": by.id, "today": today}
    conditions += [condition for name, condition in OPEN_DAYS.items() if more[name] is not None]
    conditions += ["w.holder_id = %(me)s"] if asked.get("mine") == "1" else []
    conditions += ["w.due_on < %(today)s"] if asked.get("overdue") == "1" else []
    return conditions, more


def queue_words(asked: Asked, _: Actor) -> list[str]:
    """The tab and its filters, as people say them."""
    words = [TAB_LABELS[tab_of(asked)]]
    chosen = {"green": "急件", "mine": "只看我的", "overdue": "已超期"}
    words += [label for name, label in chosen.items() if asked.get(name) == "1"]
    words += [
        f"期限 {asked[name]} {word}"
        for name, word in (("due_from", "起"), ("due_to", "止"))
        if asked.get(name)
    ]
    department, item = asked_id(asked, "department"), asked_id(asked, "item")
    if department is not None:
        words.append(department_names().get(department, "所选部门"))
    if item is not None:
        words.append(Item.objects.filter(pk=item).values_list("name", flat=True).first() or "所选事项")
    return words


def search(asked: Asked, by: Actor, _: date) -> Selection:
    """What a search finds: a case by its number, else the cases of matching applicants, the newest first."""
    by.require(Capability.CASE_SEARCH)
    text = asked.get("q", "").strip()
    if not text:
        raise Invalid("没有查找的内容。", how="请先查找，再点“导出”。")
    where, parameters = scope(by, "c")
    exact = by_number(text)
    people = Found([], more=False) if exact else applicants_found(text, by=by)
    source = (
        f"cases_case c left join cases_work w on w.case_id = c.id {BESIDE} where {where} "
        "and (c.id = %(exact)s::uuid or c.applicant_id = any(%(people)s::uuid[])) order by c.id desc"
    )
    note = NOT_ALL if people.more else ""
    return Selection(COLUMNS, source, parameters | {"exact": exact, "people": people.ids}, note)


def search_words(asked: Asked, by: Actor) -> list[str]:
    """What was searched for: a case's number whole, a name masked; the number of a paper is not repeated. Whether more fit than those
    whose cases the file will hold."""
    text = asked.get("q", "").strip()
    if by_number(text):
        return [text]
    words = "按证件号码查找" if len(text) >= 15 else f"查找“{mask(Personal.NAME, text)}”"
    return [words, *([f"仅含其中 {MOST_FOUND} 名申请人"] if applicants_found(text, by=by).more else [])]


_MEASURES = {one.code: one for one in MEASURES}
# The cases behind a figure, as its page lists them: the platform's own, and those of departments' systems, of which nothing is
# listed that was taken back on its day. In the order of the page.
_COUNTED = """(
select f.day, f.department_id, f.kind, c.id, c.number, c.item_name, c.outcome, c.promptness, c.days_used
from journal_fact f join cases_case c on c.id = f.subject_id
where {facts} and f.subject_kind = 'case' and {cases} and {{where}}
union all
select f.day, f.department_id, f.kind, c.id, c.source_number, coalesce(i.name, c.item_code), nullif(c.outcome, ''),
       nullif(c.promptness, ''), c.days_used
from (
    select f.day, f.department_id, f.kind, f.subject_id from journal_fact f where {facts} and f.subject_kind = 'reported'
    group by 1, 2, 3, 4 having sum(coalesce((f.data::jsonb ->> 'quantity')::int, 1)) > 0
) f
join exchange_case c on c.id = f.subject_id left join catalogue_item i on i.id = c.item_id
where {cases} and (%(reached)s::uuid[] is null or c.department_id = any(%(reached)s))
) q left join directory_department d on d.id = q.department_id order by q.day, q.department_id, q.kind, q.id""".format(  # noqa: S608 - words of ours
    facts="f.day between %(first)s and %(last)s and f.kind = any(%(kinds)s) "
    "and (%(department)s::uuid is null or f.department_id = %(department)s)",
    cases="(%(promptness)s::text[] is null or c.promptness = any(%(promptness)s)) and c.item_type = any(%(types)s)",
)
_DECIDED = "case when split_part(q.kind, '.', 2) = 'decided' then {} end"
COUNTED_COLUMNS = (
    Column("办件编号", "q.number"), Column(ITEM.name, "q.item_name"), DEPARTMENT,
    Column("计入日期", "q.day", Sort.DAY),
    Column(OUTCOME.name, _DECIDED.format(worded("q.outcome", OUTCOME_LABELS.items())), Sort.CODE),
    Column(PROMPT.name, _DECIDED.format(worded("q.promptness", PROMPTNESS_LABELS.items())), Sort.CODE),
    Column("用时（工作日）", _DECIDED.format("q.days_used"), Sort.NUMBER),
    Column("来源", worded("split_part(q.kind, '.', 1)", SOURCE_LABELS.items()), Sort.CODE),
)  # fmt: skip


def counted(asked: Asked, by: Actor, _: date) -> Selection:
    """The cases behind a figure, by the day on which each counts."""
    by.require(Capability.FIGURES_READ)
    found = _MEASURES.get(asked.get("measure", ""))
    group = asked.get("group", "")
    first, last = asked_day(asked, "first"), asked_day(asked, "last")
    if found is None or (group and group not in GROUPS) or first is None or last is None:
        raise Invalid("没有这个统计项。", how="请从统计表中点击数字，再点“导出”。")
    measure = _MEASURES[found.of] if found.form == Form.SHARE else found
    where, parameters = scope(by, "c")
    types = TYPES_OF[group] if group else [code for codes in TYPES_OF.values() for code in codes]
    reached = by.scope_departments
    return Selection(COUNTED_COLUMNS, _COUNTED.format(where=where), parameters | {
        "first": first, "last": last, "kinds": list(measure.kinds or _MEASURES["concluded"].kinds), "types": types,
        "department": asked_id(asked, "department"), "promptness": list(measure.promptness) or None,
        "reached": None if reached is None else list(reached),
    })  # fmt: skip


def counted_words(asked: Asked, _: Actor) -> list[str]:
    """The figure, its days, its group and department."""
    measure = _MEASURES.get(asked.get("measure", ""))
    words = [measure.label if measure else "", f"{asked.get('first', '')} 至 {asked.get('last', '')}"]
    department = asked_id(asked, "department")
    words += [
        GROUPS.get(asked.get("group", ""), ""),
        department_names().get(department, "") if department else "",
    ]
    return [word for word in words if word]


def campaign(asked: Asked, by: Actor, today: date) -> Selection:
    """The cases that count for a campaign, those that the person may see, the newest first."""
    by.require(Capability.CASE_SEARCH)
    campaign_id = asked_id(asked, "campaign")
    if campaign_id is None:
        raise Invalid("没有这个清单。", how="请从专项的办件清单点“导出”。")
    found = campaign_for(campaign_id, by=by)
    where, parameters = scope(by, "c")
    source = (
        "programmes_filer f join programmes_campaign p on p.id = f.campaign_id "
        "cross join lateral unnest(f.applicants) m (applicant_id) join cases_case c on c.applicant_id = m.applicant_id "
        f"left join cases_work w on w.case_id = c.id {BESIDE} "
        f"where {where} and f.campaign_id = %(campaign)s and (%(filer)s::uuid is null or f.id = %(filer)s::uuid) "
        "and c.item_id = any (p.items) and c.filed_on between f.starts_on and least(%(today)s::date, f.removed_on) "
        "and (%(day)s::date is null or c.filed_on = %(day)s::date) and c.state <> all (%(not_counted)s) order by c.id desc"
    )
    return Selection((Column("申报单位", "f.name"), *COLUMNS), source, parameters | {
        "campaign": found.pk, "filer": asked_id(asked, "filer"), "day": asked_day(asked, "day"), "today": today,
        "not_counted": list(NOT_COUNTED),
    })  # fmt: skip


def campaign_words(asked: Asked, by: Actor) -> list[str]:
    """The campaign, the filer, the day."""
    campaign_id, filer_id = asked_id(asked, "campaign"), asked_id(asked, "filer")
    if campaign_id is None:
        return []
    found = campaign_for(campaign_id, by=by)
    words = [found.short_title, filer_for(found, filer_id).name if filer_id else ""]
    return [word for word in [*words, f"{asked['day']} 提交" if asked.get("day") else ""] if word]
