"""The demo's authorisations: plainly fictional, made by the real commands."""

from datetime import date, datetime

from yichuang.catalogue.commands import publish_manual
from yichuang.catalogue.commands.authorisations import AuthorisationForm, authorise
from yichuang.catalogue.flow import ManualState
from yichuang.catalogue.models import Authorisation, Item, Manual
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.times import local_day

DOCUMENT = "川示函〔2022〕1号（演示）"


def open_to_window(
    *, at: datetime, codes: tuple[str, ...] | None = None, from_day: date | None = None
) -> int:
    """Authorise the window for items with a guide (all, or those of these codes) and publish their manuals.

    What is so already stays; how many items were authorised.
    """
    with_guide = Item.objects.filter(current__isnull=False, is_active=True)
    if codes is not None:
        with_guide = with_guide.filter(code__in=codes)
    else:
        with_guide = with_guide.filter(manual__state=ManualState.PUBLISHED)
    compiling = Manual.objects.filter(item__in=with_guide, state=ManualState.COMPILING).exclude(points=[])
    for item_id in list(compiling.order_by("item__code").values_list("item_id", flat=True)):
        publish_manual(item_id, by=SYSTEM, at=at)
    open_ones = Authorisation.objects.filter(withdrawn_from__isnull=True).values("item_id")
    wanted = list(with_guide.exclude(pk__in=open_ones).values_list("pk", flat=True))
    if wanted:
        form = AuthorisationForm(from_day or local_day(at), DOCUMENT)
        authorise(wanted, form, by=SYSTEM, at=at, key=f"demoauthorise{at:%Y%m%d%H%M%S}")
    return len(wanted)


def load_authorisations(*, at: datetime) -> str:
    """Load once; what was loaded, in words (empty: it is there already)."""
    if Authorisation.objects.exists():
        return ""
    return f"事项授权：授权 {open_to_window(at=at)} / authorisations"
