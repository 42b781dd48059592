"""Beginning a filing: who applies, take up what was left, or begin anew."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from yichuang.catalogue.queries import FilingGuide, filing_guide
from yichuang.directory.flow import ApplicantKind, Capability
from yichuang.directory.queries import applicant
from yichuang.intake import commands, queries
from yichuang.intake.pages.device import channel_of
from yichuang.intake.pages.drafting import show
from yichuang.intake.rules.drafting import audience_words, is_required, may_apply
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import Request, clean_text, post_key, signed_in


@signed_in
@require_http_methods(["GET", "POST"])
def start(request: Request, item_code: str) -> HttpResponse:
    """Choose for whom, resume a draft of the same matter, or begin a new one."""
    item_code = clean_text(item_code, limit=100)
    if request.by.kind == "staff":
        return _to_window(request, item_code)
    found = filing_guide(item_code)
    if request.method == "POST":
        try:
            draft = commands.begin_draft(
                item_code, by=request.by, at=request.at, channel=channel_of(request), key=post_key(request)
            )
        except (Invalid, Conflict) as problem:
            return _page(request, found, problem, status=problem.status)
        return HttpResponseRedirect(reverse("draft", args=[draft.pk]))
    return _page(request, found)


def _to_window(request: Request, item_code: str) -> HttpResponse:
    if not request.by.can(Capability.CASE_FILE_FOR):
        raise Refused("工作人员账号不能以申请人身份申请。", how="请用申请人账号登录；代人收件请到综窗收件。")
    return HttpResponseRedirect(f"{reverse('window')}?{urlencode({'item': item_code})}")


def _page(
    request: Request, found: FilingGuide, problem: Problem | None = None, *, status: int = 200
) -> HttpResponse:
    who = applicant(request.by.applicant_id) if request.by.applicant_id else None
    if who is None:
        raise Missing
    context = {
        "offer": found,
        "party": who,
        "is_person": who.kind == ApplicantKind.PERSON,
        "suits": may_apply(found.guide, who.kind),
        "audience": audience_words(found.guide),
        "drafts": queries.own_drafts(by=request.by, item_code=found.item_code),
        "needed": [material for material in found.guide.materials if is_required(material)],
        "key": client_key(),
        "problem": problem,
    }
    return show(request, "start", context, status=status)
