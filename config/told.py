"""What the next page says of the last step, in Django's own storages, which are made only where there is something to say.

Every page asks whether anything was said; nearly always nothing was, and to make the storages for that costs more than to look.
"""

from typing import Any

from django.contrib.messages.storage.base import BaseStorage, Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import cached_property


class Told(FallbackStorage):
    """Django's storage: the cookie, and the session for what is too long for one."""

    def __init__(self, request: HttpRequest) -> None:
        # Not Django's own beginning, which makes the storages.
        BaseStorage.__init__(self, request)
        self._used_storages: set[BaseStorage] = set()

    @cached_property
    def storages(self) -> list[BaseStorage]:
        """The storages, made when the first of them is needed."""
        return [kind(self.request) for kind in self.storage_classes]

    def _get(self, *args: Any, **named: Any) -> tuple[list[Message], bool]:
        """What was said. Django looks into the session only when a cookie says that there is more."""
        if CookieStorage.cookie_name not in self.request.COOKIES:
            return [], True
        found: tuple[list[Message], bool] = super()._get(*args, **named)  # type: ignore[misc]  # Django's types leave it out
        return found

    def _store(
        self, messages: list[Message], response: HttpResponseBase, *args: Any, **named: Any
    ) -> list[Message]:
        """Keep what is said now; nothing is to be done where nothing is said and nothing was."""
        if not messages and not self._used_storages:
            return []
        left: list[Message] = super()._store(messages, response, *args, **named)  # type: ignore[misc]
        return left
