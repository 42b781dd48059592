"""Forms of the report as data: copied, edited, put in force, closed. Packaged forms are copied, not edited."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing
from yichuang.kernel.keys import uuid7
from yichuang.reports.commands.opening import have_forms
from yichuang.reports.models import FormVersion, ReportForm
from yichuang.reports.queries.forms import is_packaged
from yichuang.reports.rules.form import parse_form

MOST_FORMS = 200


@transaction.atomic
def copy_form(code: str, name: str, *, by: Actor, at: datetime) -> str:
    """A new form with the words of another, closed until it is put in force. Its code. Raises Missing, Invalid."""
    by.require(Capability.REPORT_FORMS)
    have_forms()
    source = ReportForm.objects.filter(pk=code).first()
    if source is None:
        raise Missing("没有这种周报表式。")
    if not name.strip():
        raise Invalid("请给新表式起个名称。", fields={"name": "不能为空"})
    if ReportForm.objects.filter(name=name.strip()).exists():
        raise Conflict("已有同名的表式。", how="请换一个名称。")
    taken = set(ReportForm.objects.values_list("code", flat=True))
    fresh = next(f"form-{number}" for number in range(1, MOST_FORMS) if f"form-{number}" not in taken)
    data = source.data | {"code": fresh, "name": name.strip(), "opens": False}
    form = ReportForm.objects.create(code=fresh, name=name.strip(), data=data, opens=False)
    _keep(form, "copied", by=by, at=at)
    return fresh


@transaction.atomic
def save_form(code: str, data: Mapping[str, Any], *, seen: int, by: Actor, at: datetime) -> ReportForm:
    """Save a form over the version that was on the screen.

    Raises Conflict where somebody saved in between or the form is packaged, Invalid for data that is no form.
    """
    by.require(Capability.REPORT_FORMS)
    form = _own(code)
    if form.versions.count() != seen:
        raise Conflict("您打开之后，已有人保存过这份表式。", how="您填写的内容还在页面上，核对后再保存。")
    whole = dict(data) | {"code": code, "opens": form.opens}
    try:
        parse_form(whole)
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid("表式不完整，没有保存。", how="请检查各级标题和句式。") from error
    form.name, form.data = whole["name"], whole
    form.save()
    _keep(form, "saved", by=by, at=at)
    return form


@transaction.atomic
def switch_form(code: str, *, opens: bool, by: Actor, at: datetime) -> ReportForm:
    """Let new reports be opened in a form, or no longer. Reports that have the form keep it."""
    by.require(Capability.REPORT_FORMS)
    form = _own(code)
    form.opens, form.data = opens, form.data | {"opens": opens}
    form.save()
    _keep(form, "put_in_force" if opens else "closed", by=by, at=at)
    return form


def _own(code: str) -> ReportForm:
    form = ReportForm.objects.select_for_update().filter(pk=code).first()
    if form is None:
        raise Missing("没有这种周报表式。")
    if is_packaged(code):
        raise Conflict("随程序附带的表式不能修改。", how="请复制为新表式，再修改新表式。")
    return form


def _keep(form: ReportForm, what: str, *, by: Actor, at: datetime) -> None:
    number = form.versions.count() + 1
    made = FormVersion.objects.create(
        id=uuid7(at), form=form, number=number, name=form.name, data=form.data, opens=form.opens, at=at,
        by_name=by.name,
    )  # fmt: skip
    data = {"code": form.code, "version": number, "opens": form.opens}
    # A form's code is no id of the journal: its first version stands for it.
    first = form.versions.order_by("number").values_list("id", flat=True).first() or made.id
    record(NewFact(first, "report_form", f"report_form.{what}", data), by=by, at=at)
