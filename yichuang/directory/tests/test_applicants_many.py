"""Applicants of a block: what one call does for all of them is what `save_applicant` does for each."""

from datetime import datetime

import pytest

from yichuang.directory.commands import ApplicantForm, save_applicant
from yichuang.directory.commands.applicants_many import NewApplicant, register_many
from yichuang.directory.flow import ApplicantKind
from yichuang.directory.models import Applicant
from yichuang.kernel import sql
from yichuang.kernel.times import SHANGHAI

pytestmark = pytest.mark.django_db
AT = datetime(2022, 5, 16, 10, 0, tzinfo=SHANGHAI)
CODES = ("91510000MA00000072", "91510000MA0000090M")
PERSON = "510100199001010013"


def company(name: str, code: str, phone: str = "") -> NewApplicant:
    return NewApplicant("company", name, "001", code, phone)


def registered() -> list[tuple[object, ...]]:
    return sql.rows(
        "select kind, name, paper_type, paper_number, phone, address, search::text from directory_applicant order by paper_number"
    )


def test_many_are_registered_as_one_by_one() -> None:
    wanted = [
        company("示例科技有限公司", CODES[0], "13800000000"),
        NewApplicant("person", "张示例", "111", PERSON),
    ]
    for one in wanted:
        save_applicant(ApplicantForm(ApplicantKind(one.kind), one.name, one.paper_number, one.phone), at=AT)
    singly = registered()
    Applicant.objects.all().delete()
    ids = register_many(wanted, at=AT)
    assert registered() == singly
    assert ids == {(one.paper_type, one.paper_number): one.pk for one in Applicant.objects.all()}
    assert register_many([], at=AT) == {}


def test_the_known_are_brought_up_to_date_and_keep_what_is_not_said() -> None:
    known = save_applicant(
        ApplicantForm(
            ApplicantKind.COMPANY, "旧名示例有限公司", CODES[0], "13800000000", "示例路1号", "李示例"
        ),
        at=AT,
    )
    ids = register_many(
        [company("新名示例有限公司", CODES[0]), company("另一示例有限公司", CODES[1], "13800000002")], at=AT
    )
    assert ids["001", CODES[0]] == known.pk
    known.refresh_from_db()
    assert (known.name, known.phone, known.address) == ("新名示例有限公司", "13800000000", "示例路1号")
    assert Applicant.objects.get(paper_number=CODES[1]).phone == "13800000002"
    before = sql.rows("select xmin::text from directory_applicant order by id")
    register_many([company("新名示例有限公司", CODES[0])], at=AT)
    assert sql.rows("select xmin::text from directory_applicant order by id") == before, (
        "nothing new writes nothing"
    )


def test_of_two_rows_with_the_same_paper_the_last_counts() -> None:
    ids = register_many([company("先写示例有限公司", CODES[0]), company("后写示例有限公司", CODES[0])], at=AT)
    assert len(ids) == 1
    assert Applicant.objects.get().name == "后写示例有限公司"
