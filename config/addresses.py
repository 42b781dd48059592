"""Which page an address means, looked for among those that could be meant.

Django asks every pattern of the house from the top: 342 of them, and a page of figures comes nearly last. What begins otherwise
than the address cannot be meant, so it need not be asked. Where nothing fits Django itself says so.
"""

from collections.abc import Iterable
from functools import lru_cache

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

# Beginnings of addresses that are kept, two steps each, with the few patterns that could be meant.
MOST_BEGINNINGS = 5000


class Addresses:
    """The patterns of a list, in their order, by how they begin. Raises TypeError for what is no plain `path`."""

    def __init__(self, patterns: Iterable[URLPattern | URLResolver]) -> None:
        self._patterns: list[tuple[str, URLPattern]] = []
        for one in patterns:
            if not (isinstance(one, URLPattern) and isinstance(one.pattern, RoutePattern)):
                raise TypeError(f"Not a plain address: {one}")
            self._patterns.append((str(one.pattern).partition("<")[0], one))
        self._fitting = lru_cache(MOST_BEGINNINGS)(self._that_could_fit)

    def find(self, path: str) -> ResolverMatch | None:
        """What Django finds for a path without its first stroke; None where it finds nothing."""
        for pattern in self._fitting(*_beginning(path)):
            match = pattern.resolve(path)
            if match is not None:
                return match
        return None

    def _that_could_fit(self, beginning: str, whole: bool) -> tuple[URLPattern, ...]:
        return tuple(
            pattern
            for begins, pattern in self._patterns
            if beginning.startswith(begins) or (not whole and begins.startswith(beginning))
        )


def _beginning(path: str) -> tuple[str, bool]:
    """The first two steps of a path with the stroke behind them, and whether that is all of it."""
    second = path.find("/", path.find("/") + 1)
    return (path, True) if second < 0 else (path[: second + 1], False)


@lru_cache(1)
def _addresses(resolver: URLResolver) -> Addresses:
    return Addresses(resolver.url_patterns)


class Handler(WSGIHandler):
    """Django's handler, which asks the fitting patterns alone."""

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """The page that is meant. Raises Resolver404 (told by Django, with all that it tried)."""
        path, resolver = request.path_info, get_resolver()
        match = (
            _addresses(resolver).find(path[1:])
            if path[:1] == "/" and not hasattr(request, "urlconf")
            else None
        )
        if match is None:
            found: ResolverMatch = super().resolve_request(request)
            return found
        request.resolver_match = match
        return match
