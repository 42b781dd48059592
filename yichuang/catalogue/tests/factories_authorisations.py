"""Items that the one-stop window may accept, for tests of every room."""

from datetime import date, datetime

from yichuang.catalogue.commands import publish_manual
from yichuang.catalogue.commands.authorisations import AuthorisationForm, authorise
from yichuang.catalogue.flow import ManualState
from yichuang.catalogue.models import Authorisation, Item, Manual
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.times import local_day


def open_to_window(item: Item, at: datetime, *, from_day: date | None = None) -> None:
    """Publish the item's manual and authorise the window for it, as the platform; what is so already stays."""
    manual, _ = Manual.objects.get_or_create(
        item=item, defaults={"points": ["申请材料齐全"], "changed_at": at, "changed_by_name": "平台"}
    )
    if manual.state == ManualState.COMPILING:
        if not manual.points:
            Manual.objects.filter(pk=item.pk).update(points=["申请材料齐全"])
        publish_manual(item.pk, by=SYSTEM, at=at)
    if not Authorisation.objects.filter(item=item, withdrawn_from__isnull=True).exists():
        form = AuthorisationForm(from_day or local_day(at), "川示函〔2022〕1号")
        authorise([item.pk], form, by=SYSTEM, at=at, key=f"test{item.pk.hex}")
