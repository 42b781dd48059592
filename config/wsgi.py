"""What a WSGI server asks for: `granian --interface wsgi config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from config import guard
from config.admission import Admitting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Somebody waits for a page: no statement may take longer (tools may, see the settings).
os.environ.setdefault("YICHUANG_STATEMENT_SECONDS", "5")

# A site that could lose a case or give its secrets away must not even load.
guard.stand()
application = Admitting(get_wsgi_application())
