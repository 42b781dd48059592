"""What a WSGI server asks for: `granian --interface wsgi config.wsgi:application`."""

import os

import django

from config import guard
from config.addresses import Handler
from config.admission import Admitting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Somebody waits for a page: no statement may take longer (tools may, see the settings).
os.environ.setdefault("YICHUANG_STATEMENT_SECONDS", "5")

# A site that could lose a case or give its secrets away must not even load.
guard.stand()
django.setup(set_prefix=False)
application = Admitting(Handler())
