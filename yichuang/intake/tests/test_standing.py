"""The sentence on the follow page: who must do what by when, in every state."""

from datetime import date

import pytest

from yichuang.cases.flow import State
from yichuang.intake.rules.standing import Situation, short_day, standing

TODAY = date(2022, 5, 16)


def said(state: State, **changes: object) -> str:
    """The sentence of a situation."""
    return standing(Situation(state, "水利厅", TODAY, **changes)).sentence  # type: ignore[arg-type]


def test_every_state_has_a_sentence_that_names_somebody() -> None:
    for state in State:
        sentence = said(state, work_due_on=TODAY, due_on=TODAY)
        assert sentence.endswith("。")
        assert "None" not in sentence


@pytest.mark.parametrize(
    ("state", "changes", "words"),
    [
        (State.RECEIVED, {"work_due_on": date(2022, 5, 23)}, "水利厅窗口正在核对材料，应于 5月23日 前答复是否受理。"),
        (State.CORRECTING, {"work_due_on": date(2022, 5, 23), "correction_lines": 2}, "请在 5月23日 前补正 2 项内容，交回后继续办理。"),
        (State.REVIEW, {"due_on": date(2022, 6, 10)}, "水利厅正在审查，应于 6月10日 前作出决定。"),
        (State.REVIEW, {"due_on": date(2023, 1, 4), "provisional": True}, "水利厅正在审查，应于 2023年1月4日（暂计） 前作出决定。"),
        (State.SPECIAL, {"pause_ground": "expert_review", "days_left": 12}, "正在进行专家评审，其间不计入办理期限，办理期限还剩 12 个工作日。"),
        (State.DECIDED, {"work_due_on": date(2022, 6, 1), "outcome": "granted"}, "水利厅已作出准予许可的决定，应于 6月1日 前送达您。"),
        (State.DECIDED, {"work_due_on": date(2022, 6, 1), "outcome": "denied", "is_licence": False}, "水利厅已作出不予的决定，应于 6月1日 前送达您。"),
        (State.DELIVERED, {"outcome": "granted"}, "已办完：准予许可，结果已经送达。"),
        (State.TERMINATED, {"outcome": "withdrawn"}, "您已撤回申请，此件不再办理；需要时可以重新申请。"),
        (State.TERMINATED, {"outcome": "terminated"}, "此件已终结办理，理由见终结办理告知书。"),
    ],
)  # fmt: skip
def test_the_words(state: State, changes: dict[str, object], words: str) -> None:
    assert said(state, **changes) == words


def test_what_is_late_says_so() -> None:
    late = date(2022, 5, 13)
    assert "已超过期限" in said(State.RECEIVED, work_due_on=late)
    assert "已超过期限" in said(State.REVIEW, due_on=late)
    assert "已过补正期限" in said(State.CORRECTING, work_due_on=late)
    assert "已超过期限" not in said(State.REVIEW, due_on=TODAY)


def test_the_day_stands_in_the_middle() -> None:
    made = standing(Situation(State.REVIEW, "水利厅", TODAY, due_on=date(2022, 6, 10)))
    assert made.around_day(TODAY) == ("水利厅正在审查，应于 ", "6月10日", " 前作出决定。")
    ended = standing(Situation(State.DELIVERED, "水利厅", TODAY, outcome="granted"))
    assert ended.around_day(TODAY) == (ended.sentence, "", "")


def test_the_year_is_named_only_where_it_differs() -> None:
    assert short_day(date(2022, 6, 10), TODAY) == "6月10日"
    assert short_day(date(2023, 6, 10), TODAY) == "2023年6月10日"
    assert short_day(None, TODAY) == ""
