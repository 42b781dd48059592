"""What a WSGI server asks for: `granian --interface wsgi config.wsgi:application`."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
# Django misses the key only when it first signs something; a site without one must not even start.
_ = settings.SECRET_KEY
