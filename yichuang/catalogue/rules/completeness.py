"""The linter of guides: what must be mended before a version may be published, and what would better be."""

import re
from collections.abc import Callable, Iterator

from yichuang.catalogue.flow import HandlingKind, ItemType, MaterialSource
from yichuang.catalogue.rules.findings import ERROR, Finding, blemish, fault
from yichuang.catalogue.rules.form_faults import NAME, example_faults, form_faults, stands_on
from yichuang.catalogue.rules.forms import Form
from yichuang.catalogue.rules.guide import (
    CALENDAR_DAY,
    CALENDAR_DAYS_FROM_NEXT_DAY,
    GENERAL_LIMIT,
    WORKING_DAY,
    WORKING_DAYS_FROM_NEXT_DAY,
    Guide,
    Limit,
    Material,
    guide_data,
)
from yichuang.catalogue.rules.handling_faults import handling_faults

_HALF_WIDTH_MARK = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]")
_CATCH_ALL = re.compile(r"其他(有关|相关)?(材料|资料|文件)|等材料|等资料")
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_RULES = {WORKING_DAY: WORKING_DAYS_FROM_NEXT_DAY, CALENDAR_DAY: CALENDAR_DAYS_FROM_NEXT_DAY}


def lint(guide: Guide) -> list[Finding]:
    """Every finding about a guide, errors first, in the order of the guide within a level."""
    found = [finding for check in _CHECKS for finding in check(guide)]
    return sorted(found, key=lambda finding: finding.level != ERROR)


def errors(guide: Guide) -> list[Finding]:
    """Only what blocks publication."""
    return [finding for finding in lint(guide) if finding.level == ERROR]


def _elements(guide: Guide) -> Iterator[Finding]:
    for path, words in (
        ("item_code", guide.item_code),
        ("name", guide.name),
        ("department", guide.department),
        ("summary", guide.summary),
        ("result.name", guide.result.name),
        ("result.validity", guide.result.validity),
        ("consult.phone", guide.consult.phone),
        ("complaint.phone", guide.complaint.phone),
    ):
        if not words.strip():
            yield fault(path, "不能为空")
    for path, entries in (
        ("audience", guide.audience),
        ("conditions", guide.conditions),
        ("channels", guide.channels),
        ("steps", guide.steps),
    ):
        if not entries:
            yield fault(path, "至少应有一项")
    if guide.visits_needed < 0:
        yield fault("visits_needed", "到现场次数不能为负数")
    if len(guide.summary) > 80:
        yield blemish("summary", "一句话说明不宜超过80个字")


def _bases(guide: Guide) -> Iterator[Finding]:
    if not guide.legal_basis:
        yield fault("legal_basis", "缺少设定依据")
    for index, basis in enumerate(guide.legal_basis):
        path = f"legal_basis[{index}]"
        if not re.search(r"第.+条", basis.article):
            yield fault(f"{path}.article", f"《{basis.law}》未写明条款，应写到条，例如“第十一条”")
        if not basis.law.strip() or not basis.gist.strip():
            yield fault(path, "依据应写明法律法规名称，并概述该条内容")


def _materials(guide: Guide) -> Iterator[Finding]:
    codes = [item.code for item in guide.materials]
    for index, item in enumerate(guide.materials):
        path = f"materials[{index}]"
        if codes.index(item.code) != index:
            yield fault(f"{path}.code", f"材料代码“{item.code}”重复")
        if not NAME.fullmatch(item.code):
            yield fault(f"{path}.code", "材料代码应为小写字母、数字和下划线")
        yield from _material(path, item)
        yield from _situation(path, item, guide.form)


def _material(path: str, item: Material) -> Iterator[Finding]:
    if not item.name.strip():
        yield fault(f"{path}.name", "缺少材料名称")
    if _CATCH_ALL.search(item.name):
        yield blemish(f"{path}.name", "材料名称不得使用“其他材料”一类的兜底表述")
    if not item.source_note.strip():
        yield fault(f"{path}.source_note", f"“{item.name}”没有写明材料从哪里来")
    if not item.acceptance_standard.strip():
        yield blemish(f"{path}.acceptance_standard", f"“{item.name}”没有受理标准")
    if item.copies < 0:
        yield fault(f"{path}.copies", "份数不能为负数")
    if item.source is MaterialSource.NOT_NEEDED:
        yield from _not_needed(path, item)


def _not_needed(path: str, item: Material) -> Iterator[Finding]:
    if not item.why_not_needed.strip():
        yield fault(f"{path}.why_not_needed", f"“{item.name}”免提交，应说明由谁、凭什么核验")
    if item.copies:
        yield fault(f"{path}.copies", f"“{item.name}”免提交，份数应为0")


def _situation(path: str, item: Material, form: Form) -> Iterator[Finding]:
    if bool(item.situation.strip()) != (item.only_if is not None):
        yield fault(f"{path}.only_if", f"“{item.name}”的适用情形应同时用文字和申请表中的一道选择题写明")
    if item.only_if is not None and not stands_on(item.only_if, {each.code: each for each in form.fields()}):
        yield fault(f"{path}.only_if", "适用情形应指向申请表中的一道选择题及其选项")


def _limits(guide: Guide) -> Iterator[Finding]:
    statutory, promised = guide.limits.statutory, guide.limits.promised
    yield from _limit("limits.promised", promised)
    if statutory is None:
        yield from _no_limit(guide)
    else:
        yield from _limit("limits.statutory", statutory)
        if statutory.unit == promised.unit and promised.days > statutory.days:
            yield fault("limits.promised.days", f"承诺时限{promised.days}超过法定时限{statutory.days}")
        yield from _general_rule(guide, statutory)
    if guide.handling_kind is HandlingKind.INSTANT and promised.days > 1:
        yield fault("limits.promised.days", "即办件应当场办结，承诺时限不得超过1个工作日")
    if not 0 <= guide.limits.delivery_days <= 10:
        yield fault("limits.delivery_days", "送达时限应在10个工作日以内（行政许可法第四十四条）")
    if guide.limits.excluded_procedures and not guide.limits.excluded_note.strip():
        yield fault("limits.excluded_note", "不计入时限的程序应说明何时启动、需要多少时间")


def _limit(path: str, limit: Limit) -> Iterator[Finding]:
    if limit.days < 0:
        yield fault(f"{path}.days", "时限不能为负数")
    if not limit.basis.strip():
        yield fault(f"{path}.basis", "时限应写明依据")
    if _RULES.get(limit.unit) != limit.rule:
        yield fault(f"{path}.rule", f"时限单位“{limit.unit}”与计算规则不一致")
    if limit.unit == CALENDAR_DAY:
        # The clock of a case holds and counts working days alone: what is told here has to be what is counted there.
        yield fault(
            f"{path}.unit",
            "办理时限应按工作日计算（行政许可法第八十二条）；原文以自然日规定的，请折算并在说明中写明原文",
        )
    if limit.assumed and not limit.note.strip():
        yield fault(f"{path}.note", "暂定的时限应说明暂定的理由")


def _no_limit(guide: Guide) -> Iterator[Finding]:
    if guide.item_type is not ItemType.LICENCE:
        yield blemish("limits.statutory", "没有写明法定时限")
        return
    yield blemish("limits.statutory", f"未写明法定时限，依行政许可法第四十二条按{GENERAL_LIMIT}个工作日执行")
    promised = guide.limits.promised
    if promised.unit == WORKING_DAY and promised.days > GENERAL_LIMIT:
        yield fault("limits.promised.days", f"承诺时限超过行政许可法第四十二条规定的{GENERAL_LIMIT}个工作日")


def _general_rule(guide: Guide, statutory: Limit) -> Iterator[Finding]:
    beyond = guide.item_type is ItemType.LICENCE and statutory.days > GENERAL_LIMIT
    if beyond and "行政许可法" in statutory.basis:
        yield fault("limits.statutory.basis", "超过20个工作日的法定时限，应写明另有规定的法律、行政法规条款")


def _steps(guide: Guide) -> Iterator[Finding]:
    total = sum(step.days for step in guide.steps)
    if guide.limits.promised.unit == WORKING_DAY and total > guide.limits.promised.days:
        yield fault("steps", f"各环节时限合计{total}，超过承诺时限{guide.limits.promised.days}")
    for index, step in enumerate(guide.steps):
        if not step.name.strip() or not step.post.strip() or step.days < 0:
            yield fault(f"steps[{index}]", "环节应写明名称、岗位和不为负的时限")


def _fee(guide: Guide) -> Iterator[Finding]:
    if guide.fee.charged and not guide.fee.basis.strip():
        yield fault("fee.basis", "收费事项应写明收费依据")
    if not guide.fee.note.strip():
        yield fault("fee.note", "应写明收费情况，例如“不收费”")


def _commitment(guide: Guide) -> Iterator[Finding]:
    promise = guide.commitment
    if promise is None:
        return
    if not promise.duties or not promise.liability.strip() or not promise.basis.strip():
        yield fault("commitment", "告知承诺应写明承诺内容、不实承诺的责任和依据")
    if not 0 < promise.sample_percent <= 100:
        yield fault("commitment.sample_percent", "抽查比例应在1%至100%之间")


def _assumptions(guide: Guide) -> Iterator[Finding]:
    data = guide_data(guide)
    for index, entry in enumerate(guide.assumed):
        if not _stands(data, entry.path):
            yield fault(f"assumed[{index}].path", f"指南中没有“{entry.path}”这一项")
        if not entry.why.strip():
            yield fault(f"assumed[{index}].why", "暂定的内容应说明理由")
    named = {entry.path for entry in guide.assumed}
    for name, limit in (("statutory", guide.limits.statutory), ("promised", guide.limits.promised)):
        if limit is not None and limit.assumed and f"limits.{name}.days" not in named:
            yield fault("assumed", f"limits.{name}.days 为暂定值，应列入暂定清单")


def _stands(data: object, path: str) -> bool:
    for name, index in _STEP.findall(path):
        if index and isinstance(data, list) and int(index) < len(data):
            data = data[int(index)]
        elif name and isinstance(data, dict) and name in data:
            data = data[name]
        else:
            return False
    return bool(path)


def _punctuation(guide: Guide) -> Iterator[Finding]:
    for path, words in _words(guide_data(guide), ""):
        mark = _HALF_WIDTH_MARK.search(words)
        if mark:
            yield blemish(path, f"中文中夹有半角标点“{mark.group()}”")


def _words(data: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, dict):
        for name, value in data.items():
            yield from _words(value, f"{path}.{name}" if path else str(name))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _words(value, f"{path}[{index}]")


_CHECKS: tuple[Callable[[Guide], Iterator[Finding]], ...] = (
    _elements,
    _bases,
    _materials,
    _limits,
    _steps,
    _fee,
    _commitment,
    form_faults,
    example_faults,
    handling_faults,
    _assumptions,
    _punctuation,
)
