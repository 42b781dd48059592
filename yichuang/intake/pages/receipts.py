"""The public check of a receipt: whoever holds its address sees whether it is genuine, and nothing about anybody."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from yichuang.cases.flow import State
from yichuang.intake import queries
from yichuang.intake.pages.drafting import show
from yichuang.intake.pages.signed import fingerprints, signature_holds, signed_receipt
from yichuang.intake.queries import Fixed
from yichuang.intake.queries.receipt_checks import Check, check_receipt
from yichuang.kernel import canonical
from yichuang.kernel.errors import Missing
from yichuang.kernel.web import Request, public


def _found(number: str, code: str) -> Fixed:
    found = queries.receipt_by_code(number, code) if len(number) <= 64 and len(code) <= 64 else None
    if found is None:
        raise Missing(
            "没有这份回执。", how="请重新扫描回执上的二维码，或者核对网址；打不开的，请持回执到窗口核验。"
        )
    return signed_receipt(found.case_id)


@public
@never_cache
@require_safe
def check(request: Request, number: str, code: str) -> HttpResponse:
    """Whether a receipt is genuine: its signature, what it says against what is stored, its seal."""
    found = _found(number, code)
    checked = check_receipt(found)
    genuine = signature_holds(found)
    words = (
        "平台的数字签名有效。" if genuine else "数字签名无效：这份回执的文字被改过，或者不是本平台发出的。"
    )
    body = found.body
    context = {
        "body": body,
        "fingerprints": fingerprints(found),
        "holds": genuine and checked.holds,
        "checks": [Check("签名", genuine, words), *checked.checks],
        "state": State(checked.state) if checked.state else None,
        "filed_at": queries.moment(body["filed_at"]),
        "proof": reverse("journal-proof-of-receipt", args=[body["fact_hash"]]) if checked.proof else "",
        "keys": reverse("journal-keys"),
        "follow": f"{reverse('follow')}?{urlencode({'number': body['case_no']})}",
        "download": reverse("receipt-json", args=[number, code]),
    }
    return show(request, "receipt_check", context)


@public
@never_cache
@require_safe
def as_json(request: Request, number: str, code: str) -> HttpResponse:
    """The receipt as the text that was signed, with its signature: for whoever checks it by other means."""
    found = _found(number, code)
    response = HttpResponse(canonical.text(found.shown()), content_type="application/json")
    response["Content-Disposition"] = content_disposition_header(
        as_attachment=True, filename=f"receipt-{found.body['case_no']}.json"
    )
    return response
