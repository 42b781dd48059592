"""Acceptance manuals of the demo: those of the items that are filed online are in force, the others are being written."""

from datetime import datetime

from django.db import transaction

from yichuang.catalogue.commands import publish_manual
from yichuang.catalogue.flow import ManualState
from yichuang.catalogue.models import Manual
from yichuang.kernel.actor import SYSTEM

# Enough to show a coverage that is neither nothing nor all.
AT_MOST = 16


@transaction.atomic
def publish_manuals(*, at: datetime) -> int:
    """Put the first manuals in force where none is; how many were published."""
    if Manual.objects.exclude(state=ManualState.COMPILING).exists():
        return 0
    waiting = Manual.objects.exclude(points=[]).order_by("item__code").values_list("item_id", flat=True)
    chosen = list(waiting[:AT_MOST])
    for item_id in chosen:
        publish_manual(item_id, by=SYSTEM, at=at)
    return len(chosen)
