"""Two who make the same quarter in the same moment: the second finds what the first has made.

It waits on an advisory lock and looks again. `to_regclass` answers from the session's cache of names, which the wait does not renew:
the session still believes that the table is missing, and stumbles over it. The catalogue itself is asked instead.
"""

from importlib import import_module

from django.db import migrations

before = import_module("yichuang.journal.migrations.0008_storage")

TUNED = before.made("perform journal_tune_quarter(name, frozen);")
STALE = """perform pg_advisory_xact_lock(hashtext('journal_ensure_quarter'));
    if to_regclass(name) is not null then"""
FRESH = """perform pg_advisory_xact_lock(hashtext('journal_ensure_quarter'));
    if exists (select from pg_class where relname = name and relnamespace = 'public'::regnamespace) then"""


def renewed() -> str:
    """The functions as they stand, with the second look at the catalogue. Raises ValueError where the first is not found."""
    head, found, tail = TUNED.partition(STALE)
    if not found:
        raise ValueError("journal_ensure_quarter is not as 0008 made it")
    return f"{head}{FRESH}{tail}"


class Migration(migrations.Migration):
    dependencies = [("journal", "0008_storage")]

    operations = [migrations.RunSQL(renewed(), TUNED)]
