"""What was kept only for a while goes: files and rows of bulk filings that ended long ago, lines and files of reporting systems."""

from datetime import datetime, timedelta

from django.conf import settings

from yichuang.effects.queries import still_used
from yichuang.exchange.cli.drops import forget_files
from yichuang.exchange.commands.destroy import purge_raw
from yichuang.gateways.files import FileStore
from yichuang.intake.commands.bulk import purge_runs
from yichuang.kernel.actor import SYSTEM
from yichuang.workdays.queries import real_now

# Longer than any upload lives: a file that somebody brought again a moment ago stays.
SETTLES = timedelta(minutes=15)


def purge_reported(*, at: datetime) -> int:
    """Empty the lines of reporting systems that were done with long ago, and remove their files; how many of both."""
    return purge_raw(by=SYSTEM, at=at) + forget_files()


def purge_bulk(*, at: datetime) -> int:
    """Take rows out of runs that ended long ago, and remove their files where nothing else uses them; how many files."""
    digests = purge_runs(by=SYSTEM, at=at)
    store, settled = FileStore(settings.FILES_DIR), real_now() - SETTLES
    return sum(store.forget(digest, settled=settled) for digest in sorted(set(digests) - still_used(digests)))
