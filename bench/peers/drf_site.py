# mypy: ignore-errors
# The packages of this file are installed only where the bench runs it.
"""The peer "DRF + ORM": a case with its history in Django REST framework, written as its tutorials write: tokens from the database,
model permissions, serializers, the row locked. Nothing but what all peers in its shell have.
"""

from django.core.wsgi import get_wsgi_application
from peer_site import addresses

urlpatterns = addresses()
application = get_wsgi_application()
