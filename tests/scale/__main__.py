"""`python -m tests.scale [--only hosts,replica]`: what `make scale` runs. Needs root for network namespaces, else skips them."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from tests.faults.installation import throwaway_folder
from tests.faults.network import may_cut_wires
from tests.faults.tally import Tally
from tests.scale.servers import two_servers
from tests.scale.site import Shared, migrate

PARTS = ("hosts", "replica")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts on two servers of their own; 0 where every promise was kept and every broken build caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description=__doc__)
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=list(PARTS), metavar="hosts,replica"
    )
    only = parser.parse_args(arguments).only
    tally = Tally()
    with throwaway_folder() as folder, two_servers(folder) as (primary, standby):
        tally.say("a primary and its replica are up")
        shared = Shared(primary.urls(), folder)
        migrate(shared)
        os.environ.update(shared.environment(YICHUANG_TOOL="1"))
        importlib.import_module("django").setup()
        cast = importlib.import_module("tests.faults.people").of_a_scratch_site()
        if "hosts" in only and may_cut_wires():
            hosts = importlib.import_module("tests.scale.hosts")
            tally.guarded("hosts", lambda: hosts.run(shared, cast, tally))
        elif "hosts" in only:
            tally.say(
                "hosts SKIPPED: this machine permits no network namespaces (root and iproute2 are needed)"
            )
        if "replica" in only:
            replicas = importlib.import_module("tests.scale.replicas")
            tally.guarded("replica", lambda: replicas.run(shared, cast, tally, primary, standby))
    for test, words in tally.figures.items():
        print(f"{test}: {words}")
    for words in (*tally.violations, *(f"NOT CAUGHT {one}" for one in tally.uncaught)):
        print(words)
    print(tally.line(), flush=True)
    return tally.code


if __name__ == "__main__":
    sys.exit(main())
