"""The tables of the catalogue: types and their columns, moves of versions and manuals."""

from itertools import product

import pytest

from yichuang.catalogue.flow import (
    MANUAL_TRANSITIONS,
    VERSION_TRANSITIONS,
    Channel,
    ExcludedProcedure,
    ItemType,
    ManualState,
    ReportGroup,
    VersionState,
    item_type_label,
    manual_move,
    report_group,
    version_move,
)
from yichuang.directory.flow import Capability


def test_the_eleven_types_of_the_standard() -> None:
    assert [(kind.value, kind.label) for kind in ItemType] == [
        ("01", "行政许可"),
        ("02", "行政处罚"),
        ("03", "行政强制"),
        ("04", "行政征收"),
        ("05", "行政给付"),
        ("06", "行政检查"),
        ("07", "行政确认"),
        ("08", "行政奖励"),
        ("09", "行政裁决"),
        ("10", "其他行政权力"),
        ("20", "公共服务"),
    ]


def test_columns_of_the_weekly_report() -> None:
    assert report_group("01") is ReportGroup.LICENCE
    assert report_group("20") is ReportGroup.PUBLIC_SERVICE
    nine = [kind for kind in ItemType if kind.group is ReportGroup.OTHER_NINE]
    assert [kind.value for kind in nine] == [f"{number:02}" for number in range(2, 11)]
    assert ReportGroup.OTHER_NINE.label == "其它九类行权事项"


@pytest.mark.parametrize("extension", ["11", "30", "", "x"])
def test_a_type_of_local_extension_belongs_to_no_column(extension: str) -> None:
    assert report_group(extension) is ReportGroup.UNKNOWN
    assert extension in item_type_label(extension)


def test_a_known_type_has_its_name() -> None:
    assert item_type_label("07") == "行政确认"


def test_the_eight_procedures_of_article_45() -> None:
    words = {"听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审"}
    assert {procedure.value for procedure in ExcludedProcedure} == words


@pytest.mark.parametrize("member", [*VersionState, *ManualState, *Channel, *ReportGroup])
def test_every_code_has_a_chinese_label(member: VersionState | ManualState | Channel | ReportGroup) -> None:
    assert any("\u4e00" <= sign <= "\u9fff" for sign in member.label)


ALLOWED = {
    (VersionState.DRAFT, "submit"): VersionState.IN_REVIEW,
    (VersionState.DRAFT, "discard"): VersionState.RETIRED,
    (VersionState.IN_REVIEW, "recall"): VersionState.DRAFT,
    (VersionState.IN_REVIEW, "return"): VersionState.DRAFT,
    (VersionState.IN_REVIEW, "publish"): VersionState.PUBLISHED,
    (VersionState.PUBLISHED, "retire"): VersionState.RETIRED,
    (VersionState.PUBLISHED, "supersede"): VersionState.RETIRED,
}


@pytest.mark.parametrize(
    ("state", "name"), list(product(VersionState, dict.fromkeys(row.name for row in VERSION_TRANSITIONS)))
)
def test_every_state_with_every_move_of_a_version(state: VersionState, name: str) -> None:
    row = version_move(state, name)
    assert (row.target if row else None) == ALLOWED.get((state, name))


MANUALS = {
    (ManualState.COMPILING, "publish"): ManualState.PUBLISHED,
    (ManualState.PUBLISHED, "revise"): ManualState.COMPILING,
    (ManualState.PUBLISHED, "suspend"): ManualState.SUSPENDED,
    (ManualState.SUSPENDED, "resume"): ManualState.COMPILING,
}


@pytest.mark.parametrize(
    ("state", "name"), list(product(ManualState, dict.fromkeys(row.name for row in MANUAL_TRANSITIONS)))
)
def test_every_state_with_every_move_of_a_manual(state: ManualState, name: str) -> None:
    row = manual_move(state, name)
    assert (row.target if row else None) == MANUALS.get((state, name))


def test_publishing_needs_four_eyes_and_a_clean_guide() -> None:
    publish = version_move(VersionState.IN_REVIEW, "publish")
    assert publish is not None
    assert publish.four_eyes
    assert publish.without_findings
    assert publish.capability is Capability.CATALOGUE_PUBLISH


def test_editing_never_publishes() -> None:
    for row in VERSION_TRANSITIONS:
        if row.target is VersionState.PUBLISHED:
            assert row.capability is Capability.CATALOGUE_PUBLISH


def test_a_retired_version_stays_retired() -> None:
    assert all(row.source is not VersionState.RETIRED for row in VERSION_TRANSITIONS)
