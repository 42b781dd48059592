"""A word in every place where people can write about a case, found from the tables as they are."""

import os
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings

from yichuang.cases import models as cases
from yichuang.directory.models import Account, Applicant, Department, Expert
from yichuang.directory.tests import factories as people
from yichuang.effects.jobs import forget_files
from yichuang.feedback import models as feedback
from yichuang.gateways.files import FileStore
from yichuang.halls.models import HandOver, Issue, WindowAct
from yichuang.halls.tests import factories_windows as halls
from yichuang.intake.models import Draft
from yichuang.intake.tests import factories as filings
from yichuang.kernel import sql
from yichuang.kernel.keys import uuid7
from yichuang.notices.models import Message

WORD = "植字验证独有词"
AT = filings.AT
DAY = AT.date()
SOON = DAY + timedelta(days=9)

# Tables that name a case, and all that hang on these.
REACHED = """
with recursive reached (name) as (
    select c.table_name::text from information_schema.columns c join pg_class t on t.relname = c.table_name
    where c.table_schema = 'public' and c.column_name in ('case_id', 'case_number', 'subject_id', 'mends')
      and t.relkind in ('r', 'p') and not t.relispartition
    union select 'cases_case'
    union
    select k.conrelid::regclass::text from pg_constraint k join reached r on k.confrelid = r.name::regclass
    where k.contype = 'f' and k.conparentid = 0
)
select r.name, a.attname::text from (select name from reached union select 'directory_applicant') r
join pg_attribute a on a.attrelid = r.name::regclass and a.attnum > 0 and not a.attisdropped
where format_type(a.atttypid, null) ~ 'text|json|bytea|character' order by 1, 2
"""
# A reported case is another subject with a destruction of its own: test_words_reported.py.
REPORTED = "exchange_"
# Codes, numbers, hashes, keys and the names of officers: nobody writes about a case in these. Whoever adds a column
# either plants the word in it below and destroys it, or names it here.
NOT_WORDS = """
state kind channel key key_hash salt number case_number item_name
item_type handling_kind region last_hash outcome promptness fact stance verdict
field seed head_chain shares file_kind received_how way served method
limit_source template link code sha256 file_sha256 content_sha256 signature_sha256 signature_kind
paper_type key_id algorithm value drawn_by_name closed_by_name asked_by_name answered_by_name ruled_by_name
by_name holder_name officer_names entered_by_name cancelled_by_name appealed_by_name decided_by_name
""".split()  # noqa: SIM905 - thirty names are read more easily so
NOT_WORDS_HERE = {
    ("cases_expert_review", "excluded"): "identifiers and codes",
    ("cases_pending", "name"): "the material's name in the guide",
    ("cases_review_seat", "stood_down"): "codes",
    ("feedback_rating", "indicators"): "codes and levels",
    ("halls_windowact", "numbers"): "numbers of cases",
    ("intake_draft", "marks"): "names of sections",
    ("intake_receipt", "body"): "numbers and hashes",
}
# Only ever appended to: facts hold commitments alone, and the law wants to know who has looked.
FOR_EVER = "journal_"


def places() -> list[tuple[str, str]]:
    """Every (table, column) in which somebody may write about a case."""
    return [
        (table, column)
        for table, column in sql.rows(REACHED.replace("%", "%%"), {"nothing": None})
        if not table.startswith((FOR_EVER, REPORTED))
        and column not in NOT_WORDS
        and (table, column) not in NOT_WORDS_HERE
    ]


def standing(pairs: list[tuple[str, str]], word: str = WORD) -> set[tuple[str, str]]:
    """Those of the places that hold the word, in one question."""
    asked = " union all ".join(
        f"select '{table}', '{column}' where exists (select 1 from {table} where \"{column}\"::text like %(word)s)"
        for table, column in pairs
    )
    return {(table, column) for table, column in sql.rows(asked, {"word": f"%{word}%"})}


def plant(case_id: UUID, store: FileStore) -> list[str]:
    """Put the word everywhere about a closed case; the SHA-256 of the files that hang on it."""
    number, applicant_id = sql.rows(
        "select number, applicant_id from cases_case where id = %(id)s", {"id": case_id}
    )[0]
    files = [store.put(f"{WORD} {place}".encode()).digest for place in range(6)]
    water, other = halls.water(), halls.industry()
    _what_was_sent(case_id, applicant_id)
    _sent_later(case_id, files[4], files[5])
    _beside(case_id, number, (water, other), files)
    acts = _at_the_window(case_id, number, water, files[3])
    _rated(case_id, acts)
    _complained(number, water)
    Message.objects.create(
        id=uuid7(AT), subject_id=case_id, seq=1, channel="sms", template="case.filed", to=WORD, title=WORD, body=WORD,
        failure=WORD, made_at=AT,
    )  # fmt: skip
    return files


def _what_was_sent(case_id: UUID, applicant_id: UUID) -> None:
    # Whoever files by themselves keeps the account; here the window had filed for somebody without one.
    someone = people.company("另一示例有限公司", filings.COMPANY_CODES[1])
    Account.objects.filter(applicant_id=applicant_id).update(applicant=someone)
    Applicant.objects.filter(pk=applicant_id).update(
        name=WORD, phone=WORD, address=WORD, legal_representative=WORD, paper_number=WORD
    )
    named = {"id": case_id, "word": WORD, "json": f'"{WORD}"'}
    for statement in (
        "update cases_case set applicant_name = %(word)s where id = %(id)s",
        "update cases_particulars set body = %(word)s where case_id = %(id)s",
        "update intake_application set answers = %(word)s, earlier = %(word)s where case_id = %(id)s",
        "update intake_material set name = %(word)s where case_id = %(id)s",
        "update intake_draft set answers = %(json)s::jsonb where case_id = %(id)s",
    ):
        assert sql.execute(statement, named), statement
    draft = Draft.objects.get(case_id=case_id)
    draft.materials.update(name=WORD)


def _sent_later(case_id: UUID, supplied: str, unsent: str) -> None:
    """What was supplied after acceptance, as `intake.commands.supply` writes it, and a correction never handed in."""
    statement = (
        "insert into intake_material (case_id, id, round, code, name, kind, size, sha256, added_at) "
        "values (%(case)s, %(id)s, 1, 'plan', %(word)s, 'pdf', 1, %(sha256)s, %(at)s)"
    )
    assert sql.execute(
        statement, {"case": case_id, "id": uuid7(AT), "word": WORD, "sha256": supplied, "at": AT}
    )
    first = Draft.objects.get(case_id=case_id)
    draft = Draft.objects.create(
        id=uuid7(AT), owner_id=first.owner_id, version_id=first.version_id, applicant_id=first.applicant_id,
        channel=first.channel, answers={"reason": WORD}, mends=case_id, begun_at=AT, changed_at=AT,
    )  # fmt: skip
    draft.materials.create(
        id=uuid7(AT), code="plan", name=WORD, kind="pdf", size=1, sha256=unsent, added_at=AT
    )


def _beside(case_id: UUID, number: str, where: tuple[Department, Department], files: list[str]) -> None:
    water, other = where
    cases.ReviewerNote.objects.create(
        subject_id=uuid7(AT),
        seq=1,
        case_id=case_id,
        fact="opinion.asked",
        body=WORD,
        salt="s",
        at=AT,
        by_name="李",
    )
    cases.Opinion.objects.create(
        id=uuid7(AT), case_id=case_id, case_number=number, item_name="取水许可", lead_department_id=water.pk,
        department_id=other.pk, question=WORD, days=5, asked_on=DAY, due_on=SOON, state="answered", asked_by_id=uuid7(AT),
        asked_by_name="李", stance="agree", reasons=WORD, answered_on=DAY, file_name=WORD, file_kind="pdf",
        file_sha256=files[0], ruling=WORD, ruled_on=DAY, key="planted",
    )  # fmt: skip
    review = cases.ExpertReview.objects.create(
        id=uuid7(AT), case_id=case_id, case_number=number, department_id=water.pk, field="水文", wanted=1, reserve=0,
        question=WORD, head_number=0, head_chain="0" * 64, seed="0" * 64, pool=[], drawn_at=AT, drawn_by_name="李",
        due_on=SOON, conclusion=WORD, quorum_reason=WORD, key="planted",
    )  # fmt: skip
    expert = Expert.objects.create(id=uuid7(AT), name="周示例", fields=["水文"], unit="示例院", key="planted")
    cases.ReviewSeat.objects.create(
        id=uuid7(AT), review=review, expert=expert, position=0, state="answered", drawn_on=DAY, verdict="passed",
        opinion=WORD, answered_on=DAY, file_name=WORD, file_kind="pdf", file_sha256=files[1],
    )  # fmt: skip
    survey = cases.Survey.objects.create(
        id=uuid7(AT), case_id=case_id, case_number=number, department_id=water.pk, planned_on=DAY, place=WORD,
        arranged_on=DAY, due_on=DAY, officers=[uuid7(AT), uuid7(AT)], officer_names=["李", "赵"], conclusion=WORD, key="planted",
    )  # fmt: skip
    cases.SurveyPoint.objects.create(survey=survey, position=1, text=WORD, conform=False, found=WORD)
    cases.SurveyPhoto.objects.create(id=uuid7(AT), survey=survey, kind="png", size=1, sha256=files[2], at=AT)
    cases.Pending.objects.create(
        id=uuid7(AT), case_id=case_id, case_number=number, item_name="取水许可", applicant_id=uuid7(AT), code="plan",
        name="方案", accepted_on=DAY, promised_on=SOON, put_off_from=DAY + timedelta(days=1), put_off_reason=WORD,
    )  # fmt: skip


def _act(kind: str, where: Department, at: datetime = AT, **more: object) -> WindowAct:
    given: dict[str, object] = {
        "id": uuid7(at), "kind": kind, "window": halls.window(), "department": where, "day": DAY, "at": at, "quantity": 1,
        "salt": "s", "entered_by_name": "李", "entered_at": at, "key": uuid7(at).hex, "key_hash": "0",
    }  # fmt: skip
    return WindowAct.objects.create(**given | more)


def _at_the_window(case_id: UUID, number: str, where: Department, signature: str) -> list[WindowAct]:
    asked = _act("consulted", where, way="present", topic=WORD, answer=WORD, minutes=3)
    accepted = _act("accepted", where, case_id=case_id, after=asked, source=WORD)
    # As the window's page hands over: by numbers, with a number of another system, which holds nothing.
    handed = _act("handed_over", where, numbers=[number, "SL-7"], quantity=2, topic=WORD)
    HandOver.objects.create(
        act=handed, number="planted", state="returned", due_on=SOON, closed_at=AT, reason=WORD,
        closed_by=Account.objects.all()[0],
    )  # fmt: skip
    given = [_act("issued", where, case_id=case_id) for _ in range(2)]
    Issue.objects.create(
        act=given[0], documents=WORD, recipient=WORD, paper_masked=WORD, method="signed", signed_as=WORD,
        signature_sha256=signature, signature_kind="png",
    )  # fmt: skip
    Issue.objects.create(act=given[1], documents=WORD, recipient=WORD, method="mailed", tracking=WORD)
    _act("issued", where, case_id=case_id, cancelled_at=AT, cancelled_by_name="李", cancel_reason=WORD)
    return [asked, accepted]


def _rated(case_id: UUID, acts: list[WindowAct]) -> None:
    services: list[dict[str, object]] = [{"served": "case", "case_id": case_id}]
    services += [{"served": "act", "act": act} for act in acts]
    for service in services:
        rating = feedback.Rating.objects.create(
            id=uuid7(AT), level=1, channel="2", words=WORD, callback=True, phone=WORD, at=AT, day=DAY,
            item_name="取水许可", key=uuid7(AT).hex, **service,
        )  # fmt: skip
        feedback.FollowUp.objects.create(
            rating=rating, state="closed", contact_due_on=DAY, finish_due_on=SOON, limit_source="示例", told=WORD,
            contacted_on=DAY, finished_on=date(2022, 5, 20), void_reason=WORD,
        )  # fmt: skip
        feedback.RatingNote.objects.create(
            rating=rating, fact="rating.contacted", words=WORD, at=AT, by_name="李"
        )
        feedback.Appeal.objects.create(
            rating=rating, state="rejected", reasons=WORD, evidence=WORD, appealed_at=AT, appealed_by_id=uuid7(AT),
            appealed_by_name="李", decided_at=AT, decided_by_id=uuid7(AT), decided_by_name="赵", decision=WORD,
            key=uuid7(AT).hex,
        )  # fmt: skip


def _complained(number: str, where: Department) -> None:
    complaint = feedback.Complaint.objects.create(
        id=uuid7(AT), number="planted", kind="complaint", way="online", words=WORD, case_number=number, department=where,
        state="closed", at=AT, received_on=DAY, due_on=SOON, limit_source="示例", reply=WORD, replied_on=DAY,
        key="planted",
    )  # fmt: skip
    feedback.ComplaintContact.objects.create(complaint=complaint, name=WORD, phone=WORD)
    feedback.ComplaintNote.objects.create(
        complaint=complaint, seq=1, fact="complaint.taken", words=WORD, at=AT, by_name="李"
    )
    Message.objects.create(
        id=uuid7(AT), subject_id=complaint.pk, seq=1, channel="sms", template="complaint.replied", to=WORD, title=WORD,
        body=WORD, made_at=AT,
    )  # fmt: skip


def forgotten(case_id: UUID) -> None:
    """The purge of a case's files, long after they were brought."""
    for path in settings.FILES_DIR.rglob("*"):
        os.utime(path, (0, 0))
    forget_files([[str(case_id), 3]])
