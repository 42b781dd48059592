"""What only real commits show: many at once, and deferred keys that refuse an orphan."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from tests.faults.apart import write_beside
from yichuang.cases import commands as cases
from yichuang.cases.flow import Channel
from yichuang.cases.models import Case
from yichuang.intake import commands, queries
from yichuang.intake.commands import filing
from yichuang.intake.models import Application, FixedReceipt, ReceiptSignature
from yichuang.intake.pages.signed import signed_receipt
from yichuang.intake.tests import factories as make
from yichuang.kernel import sql


def test_twenty_at_once_with_one_key_make_one_case(committed: dict[str, str]) -> None:
    by = make.applicant()
    draft, key = make.complete(by), make.key()

    def once(_: int) -> Any:
        try:
            return commands.file_draft(draft.pk, key=key, by=by, at=make.AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        receipts = list(pool.map(once, range(20)))
    assert len(set(receipts)) == 1
    assert Case.objects.count() == Application.objects.count() == FixedReceipt.objects.count() == 1
    assert len({signed_receipt(one.case_id) for one in receipts}) == ReceiptSignature.objects.count() == 1
    assert sql.one("select last from journal_series where series like 'case:%'") == (1,)


def test_ten_drafts_at_once_get_ten_numbers_without_gap(committed: dict[str, str]) -> None:
    by = make.applicant()
    drafts = [make.complete(by).pk for _ in range(10)]

    def once(draft_id: UUID) -> str:
        try:
            return commands.file_draft(draft_id, key=make.key(), by=by, at=make.AT).number
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        numbers = sorted(pool.map(once, drafts))
    assert [int(number[-6:]) for number in numbers] == list(range(1, 11))


def test_rows_without_their_case_do_not_survive_the_commit(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    by = make.applicant()
    draft = queries.own_draft(make.complete(by).pk, by=by)
    entry = filing.Entry(draft, draft.answers, make.key(), "0" * 64, Channel.ONLINE)

    def without_a_case(
        opening: cases.Opening, *, beside: cases.Beside, at: datetime, **_: object
    ) -> cases.Filed:
        filed = cases.Filed("x", b"")
        return replace(filed, said=write_beside(opening, beside, filed, at))

    monkeypatch.setattr(cases, "file", without_a_case)
    write = transaction.atomic(filing._write)
    with pytest.raises(IntegrityError):
        write(entry, uuid4(), by, make.AT)
    assert not Application.objects.exists()
