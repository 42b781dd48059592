"""Duty visits of heads (厅（局）长进大厅): who, with which posts, from which department, on which day."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from .dates import DAY, SPAN_IN_TEXT, make_date, nearest
from .report import Period, Visit
from .text import sentences

_HAN = "[\u4e00-\u9fff]"
_TITLE = (
    "(?:(?:总经济师|总工程师|总会计师|总规划师|总农艺师|总审计师|总统计师|总畜牧师|总兽医师|总地质师|总检验师|总督学|总师|总监)"
    "|(?:常务)?副?(?:总经理|秘书长|总队长|支队长|大队长|董事长|理事长|检察长|局长|厅长|主任|主席|部长|处长|科长|组长|院长|校长|会长"
    "|司长|署长|队长|站长|所长|馆长|台长|行长|社长|省长|市长|县长|区长|州长|镇长|乡长|书记)"
    "|(?:一级|二级|三级|四级)?(?:主任科员|巡视员|调研员)|督察专员|监察专员|专员|督学|督察|政委"
    "|(?:党组|班子)成员|(?:党委|党组|常委会|工委|纪委)委员|常委|主要负责人)(?:[（(](?:兼|正厅级|副厅级|正处级|挂职|主持工作)[)）])?"
)
_SEGMENT = rf"[^，,；;。！？、：:“”（）()\s]{{0,24}}?(?:[（(]{_HAN}{{2,12}}[)）][^，,；;。、：:“”（）()\s]{{0,8}}?)?{_TITLE}"
# What may follow a name. A conjunction counts only where no verb stands behind it. The weak words are also the last
# sign of many names (跃进, 有为), so they count only where no longer name fits.
_STRONG_VERB = (
    "到|赴|来到|前往|率|带队|在|深入|一行|值守|调研|分别|等|莅临|走进|进驻|轮流|先后|参加|开展|出席|主持|检查|看望|慰问|接待|现场|亲临"
    "|坐镇|坐班|带班|进大厅|进窗口|陪同|围绕|通过|指导|督导|一同|共同|听取|体验|作为|轮值|走访|按照"
)
_STRONG = rf"(?:同志|(?:和|与|及|以及)(?!{_STRONG_VERB}|同志)|{_STRONG_VERB}|[，,；;。、（(：:]|$)"
_WEAK = "(?:于|对|就|也|还|为|以|将|来|进|受)"
_NOT_A_NAME = (
    "(?!到|赴|率|带|在|把|要|做|应|前往|深入|分别|值守|调研|窗口|大厅|中心|群众|同志|工作|服务|一行|轮流|先后|莅临|走进"
    "|[一二三四]级|加强|强化|严格|提高|认真|坚持|进一步|切实|继续|全面|必须|务必|介绍|汇报|负责|表示|强调|指出)"
)
_NAME_SIGNS = rf"{_NOT_A_NAME}(?:{_HAN}{{2,4}}?|{_HAN}{{1,6}}[·•・]{_HAN}{{1,8}}?)"
_NAME = rf"(?:{_NAME_SIGNS}(?={_STRONG})|{_NAME_SIGNS}(?={_WEAK}))"
_VISITOR = re.compile(rf"(?P<posts>{_SEGMENT}(?:、{_SEGMENT}){{0,6}})(?P<name>{_NAME})(?:同志)?")
_SHARED_POST = re.compile(rf"(?:同志)?(?:、|和|与|及|以及)(?P<name>{_NAME})(?:同志)?")
_ORGANISATION = re.compile(
    r"(?:委员会|办公室|公司|中心|集团|总队|支队|厅|局|(?<![党纪工团常])委(?!员|会)|办(?!公|事)|部(?!长|门)|署|院|分行|银行|学校|政府|处)"
)
# Units inside a department: their heads keep them in the post.
_INNER = re.compile(
    r"(?:政治部|宣传部|办公室|机关党委|党委|党组|纪委|[\u4e00-\u9fff]{0,8}处|[\u4e00-\u9fff]{0,6}支部)"
)
_POST = re.compile(
    rf"(?:[厅局])?(?:(?!厅|局|(?<!政治)部(?!长)|分行|银行|公司|中心|委员会|总队(?!长)){_HAN}){{0,16}}?{_TITLE}(?:、.*)?"
)
# The name may stand before the title: then it must begin with a known family name.
_FAMILY = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛"
    "闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤文康"
)
_NAME_FIRST = re.compile(rf"(?P<name>[{_FAMILY}]{_HAN}{{1,2}}?)(?P<post>{_TITLE})(?={_STRONG}|{_WEAK})")
_ACCOMPANIED = re.compile(r"(?:的)?陪同|等?(?:的)?陪同下")
_LOOSE_DAY = re.compile("近日|日前|近期|本周|上周|本月|连日来|今日|当日|当天")
_DAY_ONLY = re.compile(r"(?<!\d)(?P<d>\d{1,2})日")
_SEVERAL_DAYS = re.compile(r"(?:\d{1,2}月)?\d{1,2}日(?:[、和](?:\d{1,2}月)?\d{1,2}日)+")
_VISITS_AGAIN = re.compile("值守|坐班|带班")
# From here on the sentence says what the visitor said or did, not who came.
_SPEECH = re.compile("[，,；;：:](?:他|她|并|要求|强调|指出|听取|表示|希望|了解)")
_LEADING = re.compile(r"^(?:其中|以及|和|及|与|由|是|还有|分别是|上午|下午|、)+")
_NOBODY = re.compile(r"^(?:本周)?(?:暂?无|未安排|没有)")


@dataclass(frozen=True)
class _When:
    on: date | None = None
    text: str | None = None


def read_visits(paragraph: str, period: Period, year: int | None) -> list[Visit]:
    """The visits that one paragraph tells of; day and department are inherited inside the paragraph."""
    when, department = _When(), None
    visits: list[Visit] = []
    for position, sentence in enumerate(piece for each in sentences(paragraph) for piece in _by_day(each)):
        found = when_in(sentence, period, year)
        if position and found is None and not _VISITS_AGAIN.search(sentence):
            continue
        when = found or when
        words = _SPEECH.split(sentence.replace(when.text, "，", 1) if when.text else sentence)[0]
        for visit in _visitors(words):
            department = visit.department or department
            if all(visit.person != known.person or when.text != known.on_text for known in visits):
                visits.append(replace(visit, on=when.on, on_text=when.text, department=department))
        if position and found is None and not visits:
            when = _When()
    return _without_repeats(visits)


def _by_day(sentence: str) -> list[str]:
    """The sentence cut before every further day: 5月11日，…；5月12日，… tells of two days."""
    if SPAN_IN_TEXT.search(sentence) or _SEVERAL_DAYS.search(sentence):
        return [sentence]
    cuts = [0, *(found.start() for found in list(DAY.finditer(sentence))[1:]), len(sentence)]
    return [sentence[start:end] for start, end in pairwise(cuts)]


def says_nobody(paragraph: str) -> bool:
    """Whether the paragraph says that nobody came."""
    return bool(_NOBODY.match(paragraph))


def when_in(sentence: str, period: Period, year: int | None) -> _When | None:
    """The printed day of a sentence; several days, a span or 近日 have no single day."""
    several = SPAN_IN_TEXT.search(sentence) or _SEVERAL_DAYS.search(sentence)
    if several:
        return _When(None, several[0])
    day = DAY.search(sentence)
    if day:
        return _When(_resolve(day, period, year), day[0])
    loose = _LOOSE_DAY.search(sentence)
    if loose:
        return _When(None, loose[0])
    alone = _DAY_ONLY.search(sentence)
    return _When(_inside(int(alone["d"]), period), alone[0]) if alone else None


def _resolve(found: re.Match[str], period: Period, year: int | None) -> date | None:
    month, day = int(found["m"]), int(found["d"])
    if found["y"]:
        return make_date(int(found["y"]), month, day)
    return nearest(month, day, period.last) if period.last else make_date(year, month, day)


def _inside(day: int, period: Period) -> date | None:
    """The one day of the period with this number, if there is just one."""
    if period.first is None or period.last is None:
        return None
    ends = {(period.first.year, period.first.month), (period.last.year, period.last.month)}
    days = [made for year, month in ends if (made := make_date(year, month, day))]
    inside = [each for each in days if period.first <= each <= period.last]
    return inside[0] if len(inside) == 1 else None


def _visitors(sentence: str) -> Iterator[Visit]:
    read = False
    for found in _VISITOR.finditer(sentence):
        if _ACCOMPANIED.match(sentence[found.end() :]):
            continue
        read = True
        department, post = split_post(found["posts"])
        yield Visit(None, None, found["name"], post, department)
        end = found.end()
        while shared := _SHARED_POST.match(sentence, end):
            yield Visit(None, None, shared["name"], post, department)
            end = shared.end()
    if not read:
        yield from _names_first(sentence)


def _names_first(sentence: str) -> Iterator[Visit]:
    for found in _NAME_FIRST.finditer(sentence):
        before = re.split(r"[，,；;。、：:“”]", sentence[: found.start()])[-1]
        ends = [match.end() for match in _ORGANISATION.finditer(before)]
        if _ACCOMPANIED.match(sentence[found.end() :]):
            continue
        department = _LEADING.sub("", before[: ends[-1]]) if ends else None
        yield Visit(None, None, found["name"], found["post"], department)


def split_post(words: str) -> tuple[str | None, str]:
    """Department and posts, as printed: 应急厅 and 党委委员、政治部主任."""
    words = _LEADING.sub("", words)
    for found in _ORGANISATION.finditer(words):
        department, post = words[: found.end()], words[found.end() :]
        if _POST.fullmatch(post) and not _INNER.fullmatch(department):
            return department, post
    return None, words


def _without_repeats(visits: list[Visit]) -> list[Visit]:
    """A person named again without a department of their own is the same visit."""
    kept: list[Visit] = []
    for visit in visits:
        same = [each for each in kept if each.person == visit.person and each.on == visit.on]
        if not same:
            kept.append(visit)
    return kept
