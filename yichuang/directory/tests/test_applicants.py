"""Applicants: one paper one person whatever races, found by any part of a name, and hostile words find nothing more."""

import random
from functools import partial

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases.tests.crowd import together
from yichuang.directory import commands, queries
from yichuang.directory.commands import ApplicantForm, applicant_commitment, save_applicant
from yichuang.directory.flow import ApplicantKind, PaperType
from yichuang.directory.models import Applicant
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.factories import AT, COMPANY_CODES
from yichuang.kernel import sql
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.tests.plans import rows_read

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def resident(serial: int) -> str:
    """A fictional identity number of the test area with its check sign (GB 11643), by hand."""
    body = f"51010019900101{serial:03d}"
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def person(name: str, serial: int, **more: str) -> Applicant:
    return save_applicant(ApplicantForm(ApplicantKind.PERSON, name, resident(serial), **more), at=AT)


def company(name: str, code: str = COMPANY_CODES[0], **more: str) -> Applicant:
    return save_applicant(ApplicantForm(ApplicantKind.COMPANY, name, code, **more), at=AT)


def names(text: str) -> list[str]:
    """Who is found by a clerk."""
    return [each.name for each in queries.applicants_matching(text, by=people.clerk())]


def test_one_paper_registered_by_ten_at_once_is_one_applicant(committed: dict[str, str]) -> None:
    people.province()
    found = together([partial(company, f"示例科技有限公司{n}") for n in range(10)])
    assert not [one for one in found if isinstance(one, Exception)]
    assert len({one.pk for one in found if isinstance(one, Applicant)}) == 1
    (kept,) = Applicant.objects.all()
    # Whoever came last gave the name, and the search finds the same name.
    assert [each.pk for each in queries.applicants_matching(kept.name, by=people.clerk())] == [kept.pk]


def test_a_table_without_its_constraint_would_be_caught(committed: dict[str, str]) -> None:
    """The broken variant: look whether the paper is known, then insert."""
    with sql_as_owner(committed) as owner:
        owner.execute("alter table directory_applicant drop constraint applicant_paper_once")
    together([partial(company, "示例科技有限公司") for _ in range(10)])
    assert Applicant.objects.count() > 1


def sql_as_owner(addresses: dict[str, str]) -> psycopg.Connection[tuple[object, ...]]:
    """A connection with the owner's rights."""
    return psycopg.connect(addresses["owner"], autocommit=True)


def test_accounts_of_one_name_opened_at_once_are_one(committed: dict[str, str]) -> None:
    who = company("示例科技有限公司")

    def account() -> str:
        return commands.open_applicant_account(
            username="shili", password=None, applicant_id=who.pk, display_name="示例", at=AT
        ).username

    found = together([account] * 6)
    assert found.count("shili") == 1
    assert [type(one) for one in found if one != "shili"] == [Conflict] * 5


@pytest.mark.django_db
def test_any_part_of_a_name_finds_it_one_character_or_two() -> None:
    company("示例科技有限公司")
    company("蜀道贸易（示例）有限公司", COMPANY_CODES[1])
    person("张示例", 1)
    person("欧阳示", 2)
    assert names("张") == ["张示例"]
    assert sorted(names("示")) == sorted(["示例科技有限公司", "蜀道贸易（示例）有限公司", "张示例", "欧阳示"])
    assert sorted(names("示例")) == sorted(["示例科技有限公司", "蜀道贸易（示例）有限公司", "张示例"])
    assert names("欧阳") == ["欧阳示"]
    assert names("科技有限") == ["示例科技有限公司"]
    assert names("贸易 示例") == ["蜀道贸易（示例）有限公司"]
    assert names("技科") == names("例示") == names("有公") == []


@pytest.mark.django_db
def test_a_paper_is_found_whole_in_either_case_and_full_width() -> None:
    made = company("示例科技有限公司")
    number = made.paper_number
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in number)
    for text in (number, number.lower(), wide, f" {number} ", f"示例科技 {number}"):
        assert names(text) == ["示例科技有限公司"], text
    assert names(number[:-1]) == names(number[1:]) == []


@pytest.mark.django_db
def test_a_name_that_changed_is_found_by_the_new_one_only() -> None:
    first = company("示例旧名公司", phone="13800000000")
    second = company("示例新号公司")
    assert first.pk == second.pk
    assert names("旧名") == []
    assert names("新号") == ["示例新号公司"]
    assert (second.phone, Applicant.objects.count()) == ("13800000000", 1), "an empty field deletes nothing"


HOSTILE = [
    "'", "''", "' | 'x':*", "!示", "示 & !例", "示:*", "<->", "(((", "\\", "%", "_", "示%", "'; drop table x; --", "*",
    "\0", "：（）", "示\0例", "\u202e", "　", "a" * 5000, "示例" * 2000, "😀", "&|!()<>:*'\\", "\ud800示例",
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_questions_find_nothing_that_they_do_not_name(text: str) -> None:
    person("张示例", 1)
    person("王五", 2)
    found = names(text)
    assert "王五" not in found
    if not set(text) & set("示例"):
        assert found == []


@pytest.mark.django_db
def test_any_stretch_of_any_name_finds_it_and_only_what_holds_it() -> None:
    chance = random.Random(5)
    signs = "示例科技贸易水利林草厅局"
    given = ["".join(chance.choice(signs) for _ in range(chance.randint(2, 9))) for _ in range(40)]
    for serial, name in enumerate(given):
        person(name, serial)
    clerk = people.clerk()
    for _ in range(60):
        name = chance.choice(given)
        start = chance.randrange(len(name))
        part = name[start : start + chance.randint(1, 4)]
        found = [each.name for each in queries.applicants_matching(part, by=clerk, limit=100)]
        assert found == sorted(found)
        assert sorted(found) == sorted(other for other in given if part in other), part


@pytest.mark.django_db
def test_a_list_is_cut_and_asked_for_in_one_statement() -> None:
    for serial in range(25):
        person(f"示例{serial:02d}", serial)
    clerk = people.clerk()
    with sql.counting() as statements:
        found = queries.applicants_matching("示例", by=clerk)
    assert len(statements) == 1
    assert len(found) == 20


@pytest.mark.django_db
def test_where_many_names_begin_so_the_first_of_them_come_else_whoever_holds_it() -> None:
    for serial in range(21):
        person(f"示例{serial:02d}", serial)
    person("一示例", 30)
    clerk = people.clerk()
    begin_so = [f"示例{serial:02d}" for serial in range(21)]

    def found(text: str, limit: int) -> list[str]:
        return [each.name for each in queries.applicants_matching(text, by=clerk, limit=limit)]

    assert found("示例", 21) == begin_so
    assert found(" 示例 ", 20) == begin_so[:20]
    assert found("示例", 22) == ["一示例", *begin_so], "all of them, in the order of their names"
    assert queries.applicants_found("示例", by=clerk).more
    one = queries.applicants_found("示例00", by=clerk)
    assert (len(one.ids), one.more) == (1, False)


BEARERS = """
insert into directory_applicant (id, kind, name, paper_type, paper_number, phone, address, legal_representative, search)
select md5(n::text)::uuid, 'person', '张示例' || n, '111', 'V' || n, '', '', '', $$'张示':1 '示例':2$$::tsvector from generate_series(1, 5000) g (n)
"""


def test_of_thousands_whose_names_begin_so_a_page_is_read(committed: dict[str, str]) -> None:
    """Then the broken variant: without the index by names all who bear it are read and put in order."""
    clerk = people.clerk()
    with sql_as_owner(committed) as owner:
        owner.execute(BEARERS)
        owner.execute("vacuum analyze directory_applicant")
        with rows_read() as few:
            found = queries.applicants_found("张示", by=clerk)
        assert (len(found.ids), found.more) == (20, True)
        assert few.rows <= 6 * 21
        assert "applicant_named" in few.indexes()
        owner.execute("drop index applicant_named")
        with rows_read() as many:
            assert queries.applicants_found("张示", by=clerk).ids == found.ids
        assert many.rows >= 5000


def test_a_name_of_any_length_is_kept_and_found(committed: dict[str, str]) -> None:
    """An index takes a third of a page at most: what does not shrink would be refused where it stood there whole."""
    chance = random.Random("long")
    long = "".join(chr(chance.randrange(0x4E00, 0x9FA0)) for _ in range(3000))
    found = person(long, 1)
    assert names(long[:120]) == names(long[:3]) == names(long[1500:1510]) == [long]
    assert names(f"{long[:110]}一") == []
    assert found.name == long
    with sql_as_owner(committed) as owner, pytest.raises(psycopg.OperationalError, match="index row"):
        owner.execute("create index on directory_applicant (name, id)")


@pytest.mark.django_db
@pytest.mark.parametrize("place", range(17))
def test_one_wrong_digit_of_an_identity_number_is_refused(place: int) -> None:
    number = resident(7)
    other = str((int(number[place]) + 1) % 10)
    with pytest.raises(Invalid) as refused:
        save_applicant(
            ApplicantForm(ApplicantKind.PERSON, "张示例", number[:place] + other + number[place + 1 :]), at=AT
        )
    assert "paper_number" in refused.value.fields
    assert not Applicant.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "number", ["", " ", "0" * 18, "91510000MA6EXAMP2", "９１５１０００", "'; --", "1" * 400]
)
def test_what_is_no_paper_is_refused_for_both_kinds(number: str) -> None:
    for kind in ApplicantKind:
        with pytest.raises(Invalid):
            save_applicant(ApplicantForm(kind, "示例", number), at=AT)


@pytest.mark.django_db
def test_everything_wrong_with_an_applicant_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        save_applicant(ApplicantForm(ApplicantKind.COMPANY, " ", "1"), at=AT)
    assert set(refused.value.fields) == {"paper_number", "name"}


@pytest.mark.django_db
def test_a_person_and_a_company_have_papers_of_their_own_kind() -> None:
    assert person("张示例", 3).paper_type == PaperType.RESIDENT_ID
    assert company("示例科技有限公司").paper_type == PaperType.CREDIT_CODE
    with pytest.raises(Invalid):
        save_applicant(ApplicantForm(ApplicantKind.PERSON, "张示例", COMPANY_CODES[0]), at=AT)


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_a_commitment_binds_name_and_paper_and_dies_with_its_salt(name: str, other: str, salt: str) -> None:
    who = Applicant(name=name, paper_type="001", paper_number="91510000MA6EXAMP2K")
    told = applicant_commitment(who, salt)
    assert told == applicant_commitment(
        Applicant(name=name, paper_type="001", paper_number=who.paper_number), salt
    )
    assert len(told) == 64
    assert name not in told or len(name) < 3
    if other != name:
        assert (
            applicant_commitment(Applicant(name=other, paper_type="001", paper_number=who.paper_number), salt)
            != told
        )
    if other != salt:
        assert applicant_commitment(who, other) != told
