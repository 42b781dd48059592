"""Capabilities: what a post may allow. Views and commands name these, never a role."""

from enum import StrEnum


class Capability(StrEnum):
    """One thing that may be done. The label is what administrators read."""

    CASE_APPLY = "case.apply"
    CASE_FILE_FOR = "case.file_for"
    CASE_ACCEPT = "case.accept"
    CASE_REFUSE_ACCEPTANCE = "case.refuse_acceptance"
    CASE_ASK_CORRECTION = "case.ask_correction"
    CASE_CLAIM = "case.claim"
    CASE_REVIEW = "case.review"
    CASE_PAUSE = "case.pause"
    CASE_EXTEND = "case.extend"
    CASE_DECIDE = "case.decide"
    CASE_DELIVER = "case.deliver"
    CASE_TERMINATE = "case.terminate"
    CASE_HAND_OVER = "case.hand_over"
    CASE_SEARCH = "case.search"
    CASE_ENDORSE = "case.endorse"
    CASE_EXPEDITE = "case.expedite"
    CASE_SUPPLY = "case.supply"
    CASE_CONSULT = "case.consult"
    CASE_OPINE = "case.opine"
    EXPERT_MANAGE = "expert.manage"
    PRIVATE_REVEAL = "private.reveal"
    PRIVATE_DESTROY = "private.destroy"
    VIEWS_READ = "views.read"
    STAND_IN_ARRANGE = "stand_in.arrange"
    TOKEN_MANAGE = "token.manage"  # noqa: S105 - a right, no secret
    CATALOGUE_READ = "catalogue.read"
    CATALOGUE_IMPORT = "catalogue.import"
    CATALOGUE_EDIT = "catalogue.edit"
    CATALOGUE_PUBLISH = "catalogue.publish"
    DIRECTORY_MANAGE = "directory.manage"
    CALENDAR_IMPORT = "calendar.import"
    FIGURES_READ = "figures.read"
    FIGURES_BRING_FORWARD = "figures.bring_forward"
    REPORT_CONTRIBUTE = "report.contribute"
    REPORT_EDIT = "report.edit"
    REPORT_REVIEW = "report.review"
    REPORT_ISSUE = "report.issue"
    REPORT_IMPORT = "report.import"
    JOURNAL_AUDIT = "journal.audit"
    OUTBOX_READ = "outbox.read"
    WINDOW_ACT = "window.act"
    WINDOW_MANAGE = "window.manage"
    CATALOGUE_AUTHORISE = "catalogue.authorise"
    CATALOGUE_LISTS = "catalogue.lists"
    HALL_INSPECT = "hall.inspect"
    HALL_RECTIFY = "hall.rectify"
    DUTY_PLAN = "duty.plan"
    DUTY_RECORD = "duty.record"
    FEEDBACK_HANDLE = "feedback.handle"
    FEEDBACK_REVIEW = "feedback.review"
    INTEGRITY_READ = "integrity.read"
    PROGRAMME_KEEP = "programme.keep"
    PROGRAMME_MANAGE = "programme.manage"
    SCORE_MANAGE = "score.manage"
    DASHBOARD_READ = "dashboard.read"
    REPORT_FORMS = "report.forms"
    CASE_FILE_BULK = "case.file_bulk"
    CASE_ACT_BULK = "case.act_bulk"
    EXCHANGE_REPORT = "exchange.report"
    EXCHANGE_RESOLVE = "exchange.resolve"
    EXCHANGE_MANAGE = "exchange.manage"
    ANALYSIS_READ = "analysis.read"
    LIST_EXPORT = "list.export"
    PARTS_READ = "parts.read"
    CLOCK_MOVE = "clock.move"

    @property
    def label(self) -> str:
        """The capability in Chinese."""
        return LABELS[self]


LABELS: dict[Capability, str] = {
    Capability.CASE_APPLY: "申请办理事项、补正、撤回",
    Capability.CASE_FILE_FOR: "窗口代为收件",
    Capability.CASE_ACCEPT: "受理",
    Capability.CASE_REFUSE_ACCEPTANCE: "不予受理",
    Capability.CASE_ASK_CORRECTION: "一次性告知补正",
    Capability.CASE_CLAIM: "领取待办",
    Capability.CASE_REVIEW: "审查并提出意见",
    Capability.CASE_PAUSE: "启动、结束特别程序",
    Capability.CASE_EXTEND: "批准延长期限",
    Capability.CASE_DECIDE: "作出决定",
    Capability.CASE_DELIVER: "送达结果",
    Capability.CASE_TERMINATE: "终结办理",
    Capability.CASE_HAND_OVER: "转交、改派",
    Capability.CASE_SEARCH: "查询办件",
    Capability.CASE_ENDORSE: "复审",
    Capability.CASE_EXPEDITE: "列入绿色通道",
    Capability.CASE_SUPPLY: "补交、接收容缺材料",
    Capability.CASE_CONSULT: "征求意见、组织专家评审和现场核查",
    Capability.CASE_OPINE: "答复征求意见",
    Capability.EXPERT_MANAGE: "管理专家库",
    Capability.PRIVATE_REVEAL: "查看受保护的个人信息",
    Capability.PRIVATE_DESTROY: "依法删除个人信息",
    Capability.VIEWS_READ: "审计查阅记录",
    Capability.STAND_IN_ARRANGE: "安排请假代理",
    Capability.TOKEN_MANAGE: "管理接口令牌",
    Capability.CATALOGUE_READ: "查看事项管理",
    Capability.CATALOGUE_IMPORT: "导入事项目录",
    Capability.CATALOGUE_EDIT: "编辑办事指南",
    Capability.CATALOGUE_PUBLISH: "发布办事指南",
    Capability.DIRECTORY_MANAGE: "管理部门、岗位和人员",
    Capability.CALENDAR_IMPORT: "导入节假日安排",
    Capability.FIGURES_READ: "查看统计",
    Capability.FIGURES_BRING_FORWARD: "录入承前数",
    Capability.REPORT_CONTRIBUTE: "报送周报素材",
    Capability.REPORT_EDIT: "编辑周报",
    Capability.REPORT_REVIEW: "审核周报",
    Capability.REPORT_ISSUE: "签发周报",
    Capability.REPORT_IMPORT: "导入往期周报",
    Capability.JOURNAL_AUDIT: "审计事实账",
    Capability.OUTBOX_READ: "查看消息发件箱",
    Capability.WINDOW_ACT: "综窗咨询、流转、颁发",
    Capability.WINDOW_MANAGE: "管理综窗和窗口人员",
    Capability.CATALOGUE_AUTHORISE: "登记事项授权和下放",
    Capability.CATALOGUE_LISTS: "管理许可清单、法规和转隶",
    Capability.HALL_INSPECT: "大厅巡查、登记问题、复查",
    Capability.HALL_RECTIFY: "整改巡查问题",
    Capability.DUTY_PLAN: "安排厅（局）长值守",
    Capability.DUTY_RECORD: "登记值守、落实要求",
    Capability.FEEDBACK_HANDLE: "回访评价、办理投诉",
    Capability.FEEDBACK_REVIEW: "复核评价申诉、督办投诉",
    Capability.INTEGRITY_READ: "查看廉政预警",
    Capability.PROGRAMME_KEEP: "登记活动、填报任务进展",
    Capability.PROGRAMME_MANAGE: "管理专项和重点任务、督办",
    Capability.SCORE_MANAGE: "管理一网通办指标",
    Capability.DASHBOARD_READ: "查看领导看板",
    Capability.REPORT_FORMS: "管理周报表式",
    Capability.CASE_FILE_BULK: "批量申报",
    Capability.CASE_ACT_BULK: "批量受理、决定和颁发",
    Capability.EXCHANGE_REPORT: "报送本部门系统的办件",
    Capability.EXCHANGE_RESOLVE: "处理报送数据的疑问",
    Capability.EXCHANGE_MANAGE: "管理报送系统、推送和数据供给",
    Capability.ANALYSIS_READ: "专题分析",
    Capability.LIST_EXPORT: "导出清单",
    Capability.PARTS_READ: "查看界面部件",
    Capability.CLOCK_MOVE: "拨动演示时钟",
}


class Reach(StrEnum):
    """How far the capabilities of a post extend."""

    DEPARTMENT = "department"
    REGION = "region"
    EVERYWHERE = "everywhere"


REACH_LABELS = {
    Reach.DEPARTMENT: "本部门",
    Reach.REGION: "本区划及下级区划的部门",
    Reach.EVERYWHERE: "全部部门",
}
# How far one reach goes beyond another.
REACH_ORDER = {Reach.DEPARTMENT: 0, Reach.REGION: 1, Reach.EVERYWHERE: 2}

HIGHEST_CLEARANCE = 3
CLEARANCE_LABELS = {0: "公开", 1: "内部", 2: "敏感", 3: "核心"}

# What leave does not hand on: the administration of rights, and what only applicants do.
NOT_HANDED_ON = frozenset(
    {Capability.CASE_APPLY, Capability.DIRECTORY_MANAGE, Capability.STAND_IN_ARRANGE, Capability.TOKEN_MANAGE}
)


class DepartmentKind(StrEnum):
    """What a body is to the centre."""

    PROVINCIAL = "provincial"
    CENTRE_OFFICE = "centre_office"
    DISTRICT = "district"


DEPARTMENT_KIND_LABELS = {
    DepartmentKind.PROVINCIAL: "省级部门",
    DepartmentKind.CENTRE_OFFICE: "中心处室",
    DepartmentKind.DISTRICT: "区县部门",
}


class ApplicantKind(StrEnum):
    """Who applies: GB/T 39046 appendix A distinguishes natural persons from legal persons."""

    PERSON = "person"
    COMPANY = "company"


class PaperType(StrEnum):
    """The paper that identifies an applicant (codes seen in real exchanges)."""

    RESIDENT_ID = "111"
    CREDIT_CODE = "001"
