"""Statistics of growing tables are taken when a fifth is new, no sooner: each time, every connection plans anew what it has planned.

While a file of filings came in, that was every ten seconds for a dozen tables: a third of a processor, and some milliseconds more for
each page of figures. The tables that count and number have few rows and change with every filing: their statistics never do.
Going back leaves the quarters that stand as they are.
"""

from importlib import import_module

from django.db import migrations

from yichuang.kernel.online import Gently

before = import_module("yichuang.journal.migrations.0008_storage")

# Of rows that come and never go. PostgreSQL's own share is a tenth.
GROWING = "autovacuum_analyze_scale_factor = 0.2"
GROWING_NAMES = "autovacuum_analyze_scale_factor"
# Of few rows that change all the time.
STEADY = f"{GROWING}, autovacuum_analyze_threshold = 20000"
STEADY_NAMES = f"{GROWING_NAMES}, autovacuum_analyze_threshold"
CHANGING = f"autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, {GROWING}"

TUNE = """
create or replace function journal_tune_quarter(name text, frozen boolean) returns void
language plpgsql set search_path = public, pg_temp as $$
begin
    execute format('alter table %I set (' || case when frozen then '{added}' else '{changing}' end || ')', name);
end $$
"""


def tuned(added: str, changing: str) -> str:
    """The function that says how a quarter is kept."""
    return TUNE.replace("{added}", added).replace("{changing}", changing)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("journal", "0009_quarters_once")]

    operations = [
        migrations.RunSQL(
            tuned(f"{before.ADDED}, {GROWING}", CHANGING), tuned(before.ADDED, before.CHANGING)
        ),
        Gently(
            (
                before.STANDING,
                "alter table journal_fresh set (autovacuum_analyze_threshold = 1000000)",
                f"alter table journal_leaf set ({GROWING})",
                f"alter table journal_client_key set ({GROWING})",
                f"alter table journal_series set ({STEADY})",
                f"alter table journal_seal set ({STEADY})",
            ),
            (
                "alter table journal_fresh set (autovacuum_analyze_threshold = 20000)",
                f"alter table journal_leaf reset ({GROWING_NAMES})",
                f"alter table journal_client_key reset ({GROWING_NAMES})",
                f"alter table journal_series reset ({STEADY_NAMES})",
                f"alter table journal_seal reset ({STEADY_NAMES})",
            ),
        ),
    ]
