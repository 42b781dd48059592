"""Searching a large catalogue: the words of names by themselves, and items in the order in which they are shown."""

from django.db import migrations

from yichuang.kernel.online import IndexOnline

ORDER = "((current_id is null), (region_id <> '510000000000'), length(name), code) where is_active"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("catalogue", "0003_lists")]

    operations = [
        IndexOnline("item_named", "catalogue_item", "using gin (ts_filter(search, '{a}'))"),
        IndexOnline("item_shown", "catalogue_item", ORDER),
    ]
