"""Reveals of personal data are what auditors look for, and one look in a thousand: they have an index of their own."""

from django.db import migrations

from yichuang.kernel.online import IndexOnline


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("journal", "0006_exports_seen")]

    operations = [IndexOnline("journal_view_reveal", "journal_view", "(id desc) where kind = 'reveal'")]
