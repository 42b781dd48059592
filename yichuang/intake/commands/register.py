"""An applicant registers: the paper decides who it is, and nobody takes over what is registered already."""

from datetime import datetime

from django.db import transaction

from yichuang.directory.commands import ApplicantForm, open_applicant_account, save_applicant
from yichuang.directory.models import Account
from yichuang.directory.queries import applicant_by_paper
from yichuang.kernel.errors import Conflict


@transaction.atomic
def register(form: ApplicantForm, *, username: str, password: str, at: datetime) -> Account:
    """Register an applicant with an account. Raises Invalid (paper, name), Conflict (name or paper in use).

    Typing somebody else's number must not open their cases: an applicant who has an account, or who is known from
    the window, gets further ones at the window, where the paper itself is shown.
    """
    if applicant_by_paper(form.paper_number) is not None:
        raise Conflict(
            "这个证件号码已经登记过。",
            fields={"paper_number": "这个证件号码已经登记过。请用原账号登录；忘记账号的，请持证件到窗口办理"},
        )
    applicant = save_applicant(form, at=at)
    return open_applicant_account(
        username=username, password=password, applicant_id=applicant.pk, display_name=applicant.name, at=at
    )
