"""An account for an applicant who is new here."""

from typing import Any

from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from yichuang.directory.commands import ApplicantForm
from yichuang.directory.flow import ApplicantKind
from yichuang.directory.models import Account
from yichuang.intake.commands.register import register as register_account
from yichuang.intake.pages.drafting import show
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.web import Request, clean_text, public

FIELDS = ("kind", "name", "paper_number", "phone", "address", "legal_representative", "username")
BACKEND = "django.contrib.auth.backends.ModelBackend"


@public
@require_http_methods(["GET", "POST"])
def register(request: Request) -> HttpResponse:
    """Company or person, the paper's number, a name and a password; then signed in."""
    given = {name: clean_text(request.POST.get(name, ""), limit=200) for name in FIELDS}
    then = request.POST.get("next") or request.GET.get("next", "")
    context: dict[str, Any] = {"given": given, "next": then, "wrong": {}, "kinds": KINDS}
    if request.method == "GET":
        given["kind"] = "company"
        return show(request, "register", context)
    wrong = _check(given, request.POST.get("password", ""), request.POST.get("again", ""))
    if not wrong:
        try:
            account = _open(request, given)
        except (Invalid, Conflict) as problem:
            wrong = dict(problem.fields) or {"name": problem.message}
        else:
            login(request, account, backend=BACKEND)
            safe = url_has_allowed_host_and_scheme(
                then, {request.get_host()}, require_https=request.is_secure()
            )
            return HttpResponseRedirect(then if then and safe else "/my")
    return show(request, "register", context | {"wrong": wrong}, status=422)


KINDS = [("company", "企业或者其他单位", "用统一社会信用代码登记"), ("person", "个人", "用居民身份证登记")]


def _check(given: dict[str, str], password: str, again: str) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if given["kind"] not in {kind[0] for kind in KINDS}:
        wrong["kind"] = "请选择单位还是个人"
    if not 4 <= len(given["username"]) <= 32 or not given["username"].isalnum():
        wrong["username"] = "账号应为 4 至 32 个字母、数字或者汉字，例：shili2026"
    try:
        validate_password(password, Account(username=given["username"], display_name=given["name"]))
    except ValidationError as error:
        wrong["password"] = "".join(error.messages)
    if password != again:
        wrong["again"] = "两次输入的密码不一致，请再输一次"
    return wrong


def _open(request: Request, given: dict[str, str]) -> Account:
    form = ApplicantForm(
        kind=ApplicantKind(given["kind"]),
        name=given["name"],
        paper_number=given["paper_number"],
        phone=given["phone"],
        address=given["address"],
        legal_representative=given["legal_representative"],
    )
    return register_account(
        form, username=given["username"], password=request.POST["password"], at=request.at
    )
