"""Legal texts as records: each enactment, amendment or repeal is a version and yields the guides that cite it as tasks."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from yichuang.catalogue.commands.holding import departments_held
from yichuang.catalogue.flow.lists import TextChange
from yichuang.catalogue.models import LegalText, LegalVersion, ReviewTask
from yichuang.catalogue.queries.laws import concerned_by_text
from yichuang.catalogue.rules.authorisations import faults, out_of_order
from yichuang.catalogue.rules.lists import article_numbers, law_key
from yichuang.directory.flow import Capability
from yichuang.journal.commands import NewFact, keyed, record
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Refused
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import local_day


@dataclass(frozen=True, slots=True)
class TextForm:
    """What is typed of a version of a legal text. `articles`: those that changed, as 第二条、第十九条; empty: all."""

    title: str
    change: str
    document_number: str
    issued_on: date | None
    effective_on: date | None
    expires_on: date | None
    articles: str
    note: str
    due_on: date | None


@keyed("legal_text")
def register_text(form: TextForm, *, by: Actor, at: datetime, key: str) -> tuple[LegalVersion, int]:
    """Register a version of a legal text, and a task for every published guide that cites what changed.

    The same key again gives the same version. Raises Refused, Invalid (fields), Conflict for a number registered before.
    """
    by.require(Capability.CATALOGUE_LISTS)
    if not by.everywhere:
        raise Refused("法规适用于所有部门，由政务服务中心登记。", how="请联系中心的事项编辑岗。")
    earlier = LegalVersion.objects.filter(key=key).first()
    if earlier is not None:
        return earlier, earlier.tasks.count()
    checked(form, local_day(at))
    try:
        with transaction.atomic():
            return _write(form, by, at, key)
    except IntegrityError as error:
        again = LegalVersion.objects.filter(key=key).first()
        if again is not None:
            return again, again.tasks.count()
        raise Conflict(
            f"《{_title(form)}》的文号“{form.document_number.strip()}”已经登记过。", how="请核对文号。"
        ) from error


def checked(form: TextForm, today: date) -> None:
    """Raises Invalid, naming the fields, for what may not be registered; a preview asks the same."""
    wrong = faults(
        (not law_key(form.title), "title", "请填写法规全称"),
        (form.change not in set(TextChange), "change", "请选择制定、修订或者废止"),
        (not form.document_number.strip(), "document_number", "请填写公布的文号，例如：国务院令第460号"),
        (form.issued_on is None, "issued_on", "请填写公布日期"),
        (form.effective_on is None, "effective_on", "请填写施行（废止）日期"),
        (out_of_order(form.issued_on, form.effective_on), "effective_on", "不能早于公布日期"),
        (out_of_order(form.effective_on, form.expires_on), "expires_on", "不能早于施行日期"),
        (
            bool(form.articles.strip()) and not article_numbers(form.articles),
            "articles",
            "请写成“第二条、第十九条至第二十一条”；全文修订的不填",
        ),
        (form.due_on is None or form.due_on < today, "due_on", "请填写今天或者以后的日期"),
    )
    if wrong:
        raise Invalid("法规的内容不完整。", how="请按提示修改后再登记。", fields=wrong)


def _write(form: TextForm, by: Actor, at: datetime, key: str) -> tuple[LegalVersion, int]:
    text, _ = LegalText.objects.get_or_create(
        title_key=law_key(form.title),
        defaults={"id": uuid7(at), "title": _title(form), "at": at, "by_name": by.name},
    )
    articles = sorted(article_numbers(form.articles))
    assert form.issued_on is not None
    assert form.effective_on is not None
    version = LegalVersion.objects.create(
        id=uuid7(at), text=text, change=form.change, document_number=form.document_number.strip(),
        issued_on=form.issued_on, effective_on=form.effective_on, expires_on=form.expires_on, articles=articles,
        note=form.note.strip(), at=at, by_name=by.name, key=key,
    )  # fmt: skip
    assert form.due_on is not None
    concerned = concerned_by_text(form.title, articles)
    owners = departments_held(row.item for row in concerned)
    tasks = [
        ReviewTask(
            id=uuid7(at), item=row.item, law=version, why=row.why, at=at, due_on=form.due_on,
            department_id=owners[row.item.pk],
        )
        for row in concerned
    ]  # fmt: skip
    ReviewTask.objects.bulk_create(tasks)
    data = {
        "version": version.pk, "change": version.change, "document_number": version.document_number,
        "articles": articles, "tasks": len(tasks), "due_on": form.due_on,
    }  # fmt: skip
    record(NewFact(text.pk, "legal_text", "legal_text.registered", data), by=by, at=at)
    return version, len(tasks)


def _title(form: TextForm) -> str:
    return form.title.strip().strip("《》")
