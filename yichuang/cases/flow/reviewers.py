"""Reviewers' work beside the steps of the case: opinions, expert reviews, site surveys, materials that follow.

None of them moves the case: each is a subject of its own in the journal, whose data name the case.
"""

from enum import StrEnum


class OpinionState(StrEnum):
    """How a question to another department stands. 逾期未答复 is silence, never consent."""

    ASKED = "asked"
    SILENT = "silent"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return OPINION_LABELS[self]


OPINION_LABELS = {
    OpinionState.ASKED: "等待答复",
    OpinionState.SILENT: "逾期未答复",
    OpinionState.ANSWERED: "已答复",
    OpinionState.WITHDRAWN: "已撤回",
}
OPINION_OPEN = (OpinionState.ASKED, OpinionState.SILENT)


class Stance(StrEnum):
    """What a department answers."""

    AGREE = "agree"
    CONDITIONAL = "conditional"
    DISAGREE = "disagree"


STANCE_LABELS = {Stance.AGREE: "同意", Stance.CONDITIONAL: "附条件同意", Stance.DISAGREE: "不同意"}


class ReviewState(StrEnum):
    """How an expert review stands."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


REVIEW_LABELS = {
    ReviewState.OPEN: "评审中",
    ReviewState.CLOSED: "已形成结论",
    ReviewState.CANCELLED: "已取消",
}


class SeatState(StrEnum):
    """How a drawn expert stands: in the panel, in reserve, stood down, or heard."""

    DRAWN = "drawn"
    RESERVE = "reserve"
    STOOD_DOWN = "stood_down"
    ANSWERED = "answered"


SEAT_LABELS = {
    SeatState.DRAWN: "等待意见",
    SeatState.RESERVE: "候补",
    SeatState.STOOD_DOWN: "已回避或者谢绝",
    SeatState.ANSWERED: "已提交意见",
}
STAND_DOWN_REASONS = {
    "recusal": "与本件有利害关系，回避",
    "refused": "本人谢绝",
    "unreachable": "联系不上",
}


class Exclusion(StrEnum):
    """Why somebody of the pool takes no part in a draw."""

    INACTIVE = "inactive"
    SAME_UNIT = "same_unit"
    RELATION = "relation"
    BUSY = "busy"


EXCLUSION_LABELS = {
    Exclusion.INACTIVE: "已停用",
    Exclusion.SAME_UNIT: "与申请人同一单位",
    Exclusion.RELATION: "申报过与申请人的利害关系",
    Exclusion.BUSY: "三十日内参加评审过多",
}
# More drawings than this within thirty days, and others take their turn.
MOST_REVIEWS = 3
BUSY_DAYS = 30


class Verdict(StrEnum):
    """What an expert, or all of them together, come to."""

    PASSED = "passed"
    REVISE = "revise"
    FAIL = "fail"


VERDICT_LABELS = {Verdict.PASSED: "通过", Verdict.REVISE: "修改后通过", Verdict.FAIL: "不通过"}


class SurveyState(StrEnum):
    """How a site survey stands. The second officer's confirmation closes it."""

    PLANNED = "planned"
    RECORDED = "recorded"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return SURVEY_LABELS[self]


SURVEY_LABELS = {
    SurveyState.PLANNED: "待核查",
    SurveyState.RECORDED: "待确认",
    SurveyState.CLOSED: "已完成",
    SurveyState.CANCELLED: "已取消",
}
SURVEY_OPEN = (SurveyState.PLANNED, SurveyState.RECORDED)
# 行政许可法 art. 34: two or more members of staff.
LEAST_OFFICERS = 2

# 容缺受理: a promised day is at most this many working days after today, and is put off at most once.
LONGEST_PROMISE = 20

REVIEWER_FACTS = {
    "opinion.asked": "征求意见",
    "opinion.reminded": "催办意见",
    "opinion.answered": "答复意见",
    "opinion.silent": "逾期未答复",
    "opinion.withdrawn": "撤回征求意见",
    "opinion.ruled": "对意见作出裁定",
    "opinion.recomputed": "节假日安排公布，答复期限重新确定",
    "review.drawn": "抽取评审专家",
    "review.replaced": "递补评审专家",
    "review.heard": "收到专家意见",
    "review.closed": "形成评审结论",
    "review.cancelled": "取消专家评审",
    "review.recomputed": "节假日安排公布，评审期限重新确定",
    "survey.planned": "安排现场核查",
    "survey.recorded": "记录核查情况",
    "survey.confirmed": "确认核查记录",
    "survey.closed": "现场核查完成",
    "survey.cancelled": "取消现场核查",
    "survey.recomputed": "节假日安排公布，核查期限重新确定",
    "pending.put_off": "容缺材料改期",
}
