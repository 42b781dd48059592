"""The peer as an application of Django."""

from django.apps import AppConfig


class Plain(AppConfig):
    """Found by its label in the settings."""

    name = "bench.peers.plain_django"
    label = "plain_django"
    default_auto_field = "django.db.models.BigAutoField"
