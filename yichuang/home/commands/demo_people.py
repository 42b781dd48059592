"""Staff and applicants of the demo province. Nobody here exists."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from yichuang.directory.commands import (
    ApplicantForm,
    open_applicant_account,
    save_applicant,
    save_post,
    save_staff,
)
from yichuang.directory.flow import ApplicantKind, Capability
from yichuang.directory.models import Account, Applicant, Department, Post
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.identifiers import org9, resident_id, uscc

WINDOW = (
    Capability.CASE_SUPPLY,
    Capability.CASE_APPLY,
    Capability.CASE_FILE_FOR, Capability.CASE_ACCEPT, Capability.CASE_REFUSE_ACCEPTANCE, Capability.CASE_ASK_CORRECTION, Capability.CASE_CLAIM, Capability.CASE_DELIVER,
    Capability.CASE_TERMINATE, Capability.CASE_SEARCH, Capability.FIGURES_READ, Capability.CATALOGUE_READ, Capability.REPORT_CONTRIBUTE,
    Capability.WINDOW_ACT, Capability.FEEDBACK_HANDLE, Capability.PRIVATE_REVEAL,
    Capability.CASE_FILE_BULK, Capability.CASE_ACT_BULK, Capability.LIST_EXPORT,
)  # fmt: skip
REVIEW = (
    Capability.CASE_SUPPLY,
    Capability.CASE_OPINE,
    Capability.CASE_CONSULT,
    Capability.CASE_REVIEW,
    Capability.CASE_PAUSE,
    Capability.PRIVATE_REVEAL,
    Capability.CASE_CLAIM,
    Capability.CASE_HAND_OVER,
    Capability.CASE_SEARCH,
    Capability.FIGURES_READ,
    Capability.REPORT_CONTRIBUTE,
    Capability.LIST_EXPORT,
    Capability.CASE_ACT_BULK,
)
SECOND = (
    Capability.CASE_ENDORSE,
    Capability.CASE_CLAIM,
    Capability.CASE_HAND_OVER,
    Capability.CASE_SEARCH,
    Capability.FIGURES_READ,
    Capability.PRIVATE_REVEAL,
    Capability.REPORT_CONTRIBUTE,
)
# A second person who signs beside the head where the item says so.
COUNTERSIGN = (
    Capability.CASE_DECIDE,
    Capability.CASE_CLAIM,
    Capability.CASE_HAND_OVER,
    Capability.CASE_EXPEDITE,
    Capability.CASE_SEARCH,
    Capability.FIGURES_READ,
    Capability.PRIVATE_REVEAL,
)
HEAD = (
    Capability.CASE_OPINE,
    Capability.CASE_CONSULT,
    Capability.CASE_DECIDE,
    Capability.CASE_EXPEDITE,
    Capability.PRIVATE_REVEAL,
    Capability.CASE_EXTEND,
    Capability.CASE_CLAIM,
    Capability.CASE_HAND_OVER,
    Capability.CASE_SEARCH,
    Capability.FIGURES_READ,
    Capability.REPORT_CONTRIBUTE,
    Capability.CATALOGUE_READ,
    Capability.CATALOGUE_AUTHORISE,
    Capability.HALL_RECTIFY,
    Capability.DUTY_RECORD,
    Capability.FEEDBACK_HANDLE,
    Capability.PROGRAMME_KEEP,
    Capability.DASHBOARD_READ,
    Capability.CASE_ACT_BULK,
    Capability.LIST_EXPORT,
)
CONTRIBUTOR = (
    Capability.REPORT_CONTRIBUTE,
    Capability.PROGRAMME_KEEP,
    Capability.DUTY_RECORD,
    Capability.HALL_RECTIFY,
    Capability.FEEDBACK_HANDLE,
    Capability.FIGURES_READ,
)
COORDINATOR = (
    Capability.WINDOW_MANAGE, Capability.WINDOW_ACT, Capability.CATALOGUE_READ, Capability.CATALOGUE_AUTHORISE, Capability.CASE_SEARCH, Capability.FIGURES_READ,
    Capability.PROGRAMME_KEEP, Capability.PROGRAMME_MANAGE, Capability.REPORT_CONTRIBUTE,
    # Releases what the window has prepared for many cases.
    Capability.CASE_ACCEPT, Capability.CASE_DELIVER, Capability.CASE_ACT_BULK,
)  # fmt: skip
INSPECTOR = (
    Capability.HALL_INSPECT,
    Capability.DUTY_PLAN,
    Capability.DUTY_RECORD,
    Capability.FEEDBACK_HANDLE,
    Capability.FIGURES_READ,
    Capability.REPORT_CONTRIBUTE,
)
SUPERVISOR = (
    Capability.EXPERT_MANAGE,
    Capability.PROGRAMME_KEEP, Capability.PROGRAMME_MANAGE, Capability.SCORE_MANAGE, Capability.FEEDBACK_HANDLE, Capability.FEEDBACK_REVIEW, Capability.FIGURES_READ,
    Capability.REPORT_CONTRIBUTE, Capability.CASE_SEARCH,
    Capability.EXCHANGE_RESOLVE, Capability.ANALYSIS_READ, Capability.LIST_EXPORT,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account of the demo: its role in words, and for staff the post that it holds."""

    role: str
    username: str
    name: str
    department: str = ""
    post: str = ""
    capabilities: tuple[Capability, ...] = ()
    everywhere: bool = False


DEMO_ACCOUNTS = (
    DemoAccount("申请人（企业）", "company", "示例科技有限公司"),
    DemoAccount("申请人（个人）", "person", "张示例"),
    DemoAccount("综窗工作人员", "clerk", "王综窗（示例）", "centre_window", "综窗工作人员", WINDOW, True),
    DemoAccount("水利厅审查人员", "reviewer.water", "李审查（示例）", "water", "审查岗", REVIEW),
    DemoAccount("水利厅复审人员", "second.water", "孔复审（示例）", "water", "复审岗", SECOND),
    DemoAccount("经济和信息化厅审查人员", "reviewer.industry", "赵审查（示例）", "industry", "审查岗", REVIEW),
    DemoAccount("水利厅负责人", "head.water", "钱处长（示例）", "water", "负责人", HEAD),
    DemoAccount("水利厅信息员", "contributor.water", "何信息（示例）", "water", "信息员", CONTRIBUTOR),
    DemoAccount("综窗协调", "coordinator", "沈协调（示例）", "centre_window", "综窗协调岗", COORDINATOR, True),
    DemoAccount("大厅巡查", "inspector", "韩巡查（示例）", "centre_supervision", "大厅巡查岗", INSPECTOR, True),
    DemoAccount("中心督办", "supervisor", "杨督办（示例）", "centre_office", "督办岗", SUPERVISOR, True),
    DemoAccount(
        "事项编辑", "catalogue.editor", "孙编辑（示例）", "centre_catalogue", "事项编辑岗",
        (Capability.CATALOGUE_READ, Capability.CATALOGUE_EDIT, Capability.CATALOGUE_IMPORT, Capability.CATALOGUE_LISTS), True,
    ),
    DemoAccount(
        "事项发布", "catalogue.publisher", "周发布（示例）", "centre_catalogue", "事项发布岗",
        (Capability.CATALOGUE_READ, Capability.CATALOGUE_PUBLISH), True,
    ),
    DemoAccount(
        "周报编辑", "report.editor", "吴编辑（示例）", "centre_supervision", "周报编辑岗",
        (Capability.REPORT_CONTRIBUTE, Capability.REPORT_EDIT, Capability.REPORT_IMPORT, Capability.FIGURES_READ, Capability.FIGURES_BRING_FORWARD, Capability.REPORT_FORMS, Capability.ANALYSIS_READ), True,
    ),
    DemoAccount(
        "周报审核", "report.reviewer", "郑审核（示例）", "centre_supervision", "周报审核岗",
        (Capability.REPORT_REVIEW, Capability.FIGURES_READ), True,
    ),
    DemoAccount(
        "中心领导", "leader", "冯主任（示例）", "centre_office", "中心领导",
        (Capability.REPORT_ISSUE, Capability.FIGURES_READ, Capability.CASE_SEARCH, Capability.CATALOGUE_READ, Capability.DASHBOARD_READ), True,
    ),
    DemoAccount(
        "审计人员", "auditor", "陈审计（示例）", "centre_office", "审计岗",
        (Capability.JOURNAL_AUDIT, Capability.OUTBOX_READ, Capability.CASE_SEARCH, Capability.FIGURES_READ, Capability.INTEGRITY_READ, Capability.VIEWS_READ, Capability.PRIVATE_DESTROY, Capability.LIST_EXPORT), True,
    ),
    DemoAccount(
        "管理员", "admin", "褚管理（示例）", "centre_office", "管理员",
        (
            Capability.DIRECTORY_MANAGE, Capability.CALENDAR_IMPORT, Capability.CATALOGUE_READ, Capability.CATALOGUE_IMPORT, Capability.OUTBOX_READ, Capability.PARTS_READ,
            Capability.CLOCK_MOVE, Capability.TOKEN_MANAGE, Capability.STAND_IN_ARRANGE, Capability.EXCHANGE_MANAGE,
        ), True,
    ),
)  # fmt: skip

COMPANIES = (
    "示例科技有限公司", "样板水务有限公司", "虚构建设集团有限公司", "演示通信有限公司", "例子化工有限公司", "试用综合医院",
    "范例传媒有限公司", "模拟检测有限公司", "假想林业有限公司", "示范房地产开发有限公司", "样例机械有限公司", "演练物流有限公司",
)  # fmt: skip


def demo_password(secret: str, username: str) -> str:
    """The password of a demo account: derived from the installation's secret, so it stands in no file."""
    mac = hmac.new(secret.encode(), f"demo:{username}".encode(), hashlib.sha256).digest()
    return base64.b32encode(mac)[:12].decode().lower()


def company_code(number: int) -> str:
    """A credit code whose check digits hold and whose body says that it is a demonstration."""
    body = f"DEM{number:05d}"
    organisation = f"{body}{org9.check_character(body)}"
    return f"91510000{organisation}{uscc.check_character(f'91510000{organisation}')}"


def person_number(number: int) -> str:
    """An identity number of nobody: the province's own code, born on a first of January."""
    body = f"51000019900101{number:03d}"
    return f"{body}{resident_id.check_character(body)}"


@transaction.atomic
def load_people(*, secret: str, at: datetime) -> list[Applicant]:
    """Posts, staff, applicants and their accounts; what is there already stays. The companies, in order."""
    departments = {made.code: made for made in Department.objects.filter(region_id="510000000000")}
    for account in DEMO_ACCOUNTS:
        if account.department:
            _staff(account, departments[account.department], secret, at)
    for code, department in departments.items():
        if department.kind == "provincial":
            for account in _examiners(code):
                _staff(account, department, "", at)
    companies = [_company(number, name, at) for number, name in enumerate(COMPANIES, start=1)]
    person = save_applicant(
        ApplicantForm(ApplicantKind.PERSON, "张示例", person_number(1), "13000000000", "示例市示例路 1 号"),
        at=at,
    )
    for username, applicant in (("company", companies[0]), ("person", person)):
        _applicant_account(username, applicant, secret, at)
    for number, applicant in enumerate(companies[1:], start=2):
        _applicant_account(f"company.{number}", applicant, "", at)
    return companies


def _examiners(code: str) -> tuple[DemoAccount, ...]:
    """One person a level in a department, so that a case of any item goes all its way."""
    return (
        DemoAccount("", f"reviewer.{code}", "审查员（示例）", code, "审查岗", REVIEW),
        DemoAccount("", f"second.{code}", "复审员（示例）", code, "复审岗", SECOND),
        DemoAccount("", f"countersign.{code}", "会签人（示例）", code, "会签岗", COUNTERSIGN),
        DemoAccount("", f"head.{code}", "负责人（示例）", code, "负责人", HEAD),
    )


def _company(number: int, name: str, at: datetime) -> Applicant:
    form = ApplicantForm(
        ApplicantKind.COMPANY,
        name,
        company_code(number),
        f"130000000{number:02d}",
        f"示例市示例大道 {number} 号",
        "张示例",
    )
    return save_applicant(form, at=at)


def _applicant_account(username: str, applicant: Applicant, secret: str, at: datetime) -> None:
    if not Account.objects.filter(username=username).exists():
        password = demo_password(secret, username) if secret else None
        open_applicant_account(
            username=username,
            password=password,
            applicant_id=applicant.pk,
            display_name=applicant.name,
            at=at,
        )


def _staff(account: DemoAccount, department: Department, secret: str, at: datetime) -> None:
    if Account.objects.filter(username=account.username).exists():
        return
    post = Post.objects.filter(department=department, name=account.post).first() or save_post(
        department_id=department.pk, name=account.post, capabilities=[str(c) for c in account.capabilities],
        everywhere=account.everywhere, by=SYSTEM, at=at,
    )  # fmt: skip
    save_staff(
        username=account.username, display_name=account.name, post_id=post.pk,
        password=demo_password(secret, account.username) if secret else None, by=SYSTEM, at=at,
    )  # fmt: skip
