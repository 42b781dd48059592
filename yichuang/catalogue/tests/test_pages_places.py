"""Where a finding leads: to the page and the control of its element, named in words."""

import copy
import re
from typing import Any

import pytest

from yichuang.catalogue import fixtures
from yichuang.catalogue.pages.guide_form import blocks
from yichuang.catalogue.pages.places import control_of, place_of, sections_of
from yichuang.catalogue.rules.completeness import lint
from yichuang.catalogue.rules.guide import guide_data, read_guide

GUIDES: dict[str, dict[str, Any]] = {name: guide_data(read_guide(data)) for name, data in fixtures.guides()}
WATER = GUIDES["water-taking.json"]


def controls(key: str, elements: dict[str, Any]) -> set[str]:
    """Names of the controls that a page draws."""
    page = next(one for one in sections_of(elements) if one.key == key)
    return {control.name for block in blocks(page, elements) for control in block.controls}


@pytest.mark.parametrize(
    ("path", "section", "control", "words"),
    [
        ("name", "basic", "name", "基本信息 · 事项名称"),
        ("limits.promised.days", "limits", "limits.promised.days", "办理时限 · 承诺时限（天数）"),
        ("limits.statutory", "limits", "limits.statutory.days", "办理时限 · 法定时限"),
        ("conditions", "conditions", "conditions", "条件与依据 · 申请条件"),
        ("legal_basis", "conditions", "legal_basis.0.law", "条件与依据 · 设定依据"),
        (
            "legal_basis[1].article",
            "conditions",
            "legal_basis.1.article",
            "条件与依据 · 设定依据 · 第2项 · 条款",
        ),
        ("materials[3].code", "materials", "materials.3.code", "申请材料 · 第4项 · 材料代码"),
        ("steps", "steps", "steps.0.name", "办理流程 · 环节"),
        ("consult.phone", "result", "consult.phone", "收费、结果与咨询 · 咨询方式 · 电话"),
        ("complaint.phone", "result", "complaint.phone", "收费、结果与咨询 · 监督投诉方式 · 电话"),
        ("fee.basis", "result", "fee.basis", "收费、结果与咨询 · 收费依据"),
        ("commitment", "promise", "commitment.duties", "告知承诺与来源 · 告知承诺"),
        ("assumed[0].why", "promise", "assumed.0.why", "告知承诺与来源 · 暂定内容 · 第1项 · 理由"),
        ("form.sections", "form", "form.sections.0.title", "申请表 · 表单部分"),
        (
            "form.sections[1].fields[2].example",
            "form-1",
            "form.sections.1.fields.2.example",
            "申请表：取水理由和取水量 · 填写项 · 第3项 · 填写示例",
        ),
        ("form（contact_phone）", "form-0", "form.sections.0.fields.7.example", "申请表 · 联系电话"),
        ("item_type", "basic", "name", "基本信息 · 事项类型"),
        ("form（nonsense）", "form", "", "申请表"),
    ],
)
def test_a_place_has_a_page_a_control_and_words(path: str, section: str, control: str, words: str) -> None:
    assert place_of(path, WATER) == (section, control, words)


def test_an_unknown_place_leads_to_the_first_page() -> None:
    assert place_of("nowhere", WATER)[:2] == ("basic", "nowhere")


def test_controls_are_named_by_their_path() -> None:
    assert control_of("form.sections[1].fields[2].label") == "form.sections.1.fields.2.label"


@pytest.mark.parametrize("name", list(GUIDES))
def test_what_is_assumed_is_told_in_words(name: str) -> None:
    for entry in GUIDES[name]["assumed"]:
        words = place_of(entry["path"], GUIDES[name])[2]
        assert not re.search(r"[a-z_]{3,}", words), words


def _emptied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _emptied(below) if key != "only_if" else below for key, below in value.items()}
    if isinstance(value, list):
        return [_emptied(below) for below in value]
    return "" if isinstance(value, str) and not value.isascii() and len(value) > 12 else value


@pytest.mark.parametrize("name", list(GUIDES))
def test_every_finding_about_a_broken_guide_leads_to_a_control_that_is_drawn(name: str) -> None:
    broken = _emptied(copy.deepcopy(GUIDES[name]))
    broken["limits"]["promised"]["days"] = -1
    broken["materials"][0]["code"] = "坏代码"
    broken["form"]["sections"][0]["fields"][0]["choices"] = []
    broken["visits_needed"] = -1
    findings = lint(read_guide(broken))
    assert len(findings) > 5
    for finding in findings:
        key, control, _ = place_of(finding.path, broken)
        assert control in controls(key, broken), finding
