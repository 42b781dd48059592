"""The web server: granian, whose workers are forked from a process that has loaded the whole site and touches none of it.

`python -m config.web` takes granian's own arguments. What is loaded before the fork lies in memory once for all workers;
`gc.freeze` keeps the collector from writing into it. Nothing that a process cannot share is made here: no connection, no
thread; `config.wsgi`, with its guard, is loaded by each worker. New code needs a restart, as before.
"""

import gc
import os
from contextlib import suppress
from importlib import import_module

import django
from django.conf import settings
from django.template import engines
from django.urls import Resolver404, get_resolver, resolve, reverse
from django.utils.translation import gettext
from granian.cli import entrypoint

from config.kept_templates import compile_all
from yichuang.kernel.making_way import WEB

# The collector of circles looks when so many objects more are alive than before, not at every 700: a request makes thousands
# that go by themselves, and those that have not gone yet were looked through several times a request for nothing. Circles that
# outlived a request are looked for more often than by custom: there are few, and each holds a page's worth of memory.
YOUNG, MIDDLE, OLD = 10_000, 5, 5


def load() -> None:
    """Load everything that workers need and share: models, pages, their addresses, their templates.

    Whoever comes first after a start waits for none of it: no worker is there, and so none answers, before this is done.
    """
    gc.disable()
    django.setup()
    import_module(settings.ROOT_URLCONF)
    # The property finds every page and its address; an address that is none has every pattern compiled.
    assert get_resolver().url_patterns
    with suppress(Resolver404):
        resolve("/no such page")
    reverse("desk")
    # Chinese of Django's own words, and every template with it.
    gettext("Yes")
    compile_all(engines["jinja2"].env)  # type: ignore[attr-defined]  # of Jinja's engine
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
    gc.enable()


def main() -> None:
    """Load, then serve."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    # Its connections are known by this name: long work makes way while they are in use.
    os.environ.setdefault("PGAPPNAME", WEB)
    load()
    entrypoint()  # type: ignore[no-untyped-call]  # granian gives it no types


if __name__ == "__main__":
    main()
