"""The tests that need many hands on the same cases: R14–R19, in this process, each on an empty database of its own."""

import random
from dataclasses import dataclass
from functools import partial

from tests.faults import bulk, numbers, races, walks
from tests.faults.installation import Installation
from tests.faults.invariants import Auditor, first
from tests.faults.scratch import scratch
from tests.faults.sizes import Sizes
from tests.faults.tally import Tally
from yichuang.workdays.queries import now

NAIVE_CASES = 20
NAIVE_PAIRS = 20
NAIVE_ROWS, NAIVE_KILLS = 600, 4


@dataclass
class Inside:
    """One run on one installation's server."""

    site: Installation
    sizes: Sizes
    tally: Tally

    def judged(self, test: str, urls: dict[str, str], found: list[str]) -> None:
        """What was found, and every invariant of the database."""
        self.tally.violation(test, first([*found, *Auditor(urls["owner"]).all()]))

    def r14(self) -> None:
        """Twelve clerks race for three hundred cases."""
        for _ in range(self.sizes.rounds):
            with scratch(self.site) as urls:
                self.judged("R14", urls, races.race_for_cases(self.sizes.clerks, self.sizes.cases))
        self.tally.figure(
            "R14",
            f"{self.sizes.clerks} clerks, {self.sizes.cases} cases × {self.sizes.rounds}: one holder each",
        )
        with scratch(self.site):
            found = races.race_for_cases(self.sizes.clerks, NAIVE_CASES, races.claims_carelessly)
        self.tally.broken("R14", "looks, then takes", found)

    def r15(self) -> None:
        """Two pages save the same part."""
        with scratch(self.site) as urls:
            self.judged("R15", urls, races.pairs_of_edits(self.sizes.pairs))
        self.tally.figure("R15", f"{self.sizes.pairs} pairs: one kept, the other told, each time")
        with scratch(self.site):
            found = races.pairs_of_edits(NAIVE_PAIRS, races.saves_blindly)
        self.tally.broken("R15", "the last one wins", found)

    def r16(self) -> None:
        """Eight walkers do to the cases whatever comes to mind."""
        with scratch(self.site) as urls:
            made = walks.walk(self.sizes.walk_cases, self.sizes.walk_steps)
            self.judged("R16", urls, [*made.illegal, *made.trouble])
        taken, declared = made.exercised
        without = f"; no recipe for {', '.join(sorted(made.untried))}" if made.untried else ""
        steps = sum(made.edges.values())
        self.tally.figure("R16", f"{steps} steps, {taken} of {declared} declared ways taken{without}")
        with scratch(self.site), walks.lawless():
            found = walks.walk(self.sizes.walk_cases // 2, self.sizes.walk_steps).illegal
        self.tally.broken("R16", "any action in any state", found)

    def r17(self) -> None:
        """Numbers under rollbacks, kills and the turn of the year."""
        for clients in (self.sizes.clients, self.sizes.crowd):
            each = max(1, self.sizes.numbered // clients)
            with scratch(self.site) as urls:
                self.judged("R17", urls, numbers.issue(clients, each))
                series = Auditor(urls["owner"]).ask("select series, last from journal_series order by 1")
            given = ", ".join(f"{name.rpartition(':')[2]} {last}" for name, last in series if "case" in name)
            self.tally.figure("R17", f"{clients} clients × {each}: numbers without a gap, by year: {given}")
        with scratch(self.site) as urls:
            numbers.issue(self.sizes.clients, 10, numbers.numbered_apart)
            found = Auditor(urls["owner"]).case_numbers()
        self.tally.broken("R17", "numbers in a transaction of their own", found)

    def r18(self) -> None:
        """Two heads decide the same case at the same moment."""
        with scratch(self.site) as urls:
            self.judged("R18", urls, races.two_decisions(self.sizes.deciders))
        self.tally.figure("R18", f"{self.sizes.deciders} cases decided by two at once: one decision each")
        with scratch(self.site) as urls, races.unguarded(urls["owner"]):
            found = races.two_decisions(NAIVE_CASES) and Auditor(urls["owner"]).one_decision()
        self.tally.broken("R18", "a step does not name the version that it read", found)

    def r19(self) -> None:
        """Everybody does everything: no deadlock."""
        with scratch(self.site) as urls:
            began = self.site.database_log.stat().st_size
            steps, trouble = races.mixed_work(self.sizes.clients, self.sizes.mix_seconds)
            locked = races.deadlocks(self.site.database_log, urls["name"], began)
            self.judged("R19", urls, [*trouble, *locked])
        self.tally.figure("R19", f"{steps} steps in {self.sizes.mix_seconds:.0f} s, {len(locked)} deadlocks")
        with scratch(self.site) as urls:
            began = self.site.database_log.stat().st_size
            races.lock_crosswise()
            locked = races.deadlocks(self.site.database_log, urls["name"], began)
        self.tally.broken("R19", "locks crosswise", locked)

    def b1(self) -> None:
        """The worker of long jobs is killed on its way through a file of filings, and through an act on its cases."""
        rows, most, chance = self.sizes.bulk_rows, self.sizes.bulk_kills, random.Random(self.sizes.bulk_kills)
        with scratch(self.site) as urls, bulk.watching(urls["owner"]) as auditor:
            begin = self._worker(urls)
            found = bulk.uploaded(auditor, rows, now())
            kills, wrong = bulk.brought_through(found, begin, most, chance)
            self.tally.violation("B1", [*wrong, *_fewer("B1", kills, most), *bulk.figures_agree(now())])
            act = bulk.released(auditor, begin, self.sizes.bulk_cases, now())
            more = bulk.killed_along(begin, act.job(), bulk.points(act.cases, most, chance), chance)
            self.tally.violation(
                "B2", [*bulk.finished(begin, act.job()), *act.wrong(), *_fewer("B2", more, most)]
            )
            self.tally.violation("B2", bulk.figures_agree(now()))
        self.tally.add(kills=kills + more)
        self.tally.figure("B1", f"{kills} kills of the worker over {rows} rows: every row once")
        self.tally.figure(
            "B2", f"{more} kills of the worker over {act.cases} cases of an act: every case once"
        )
        with scratch(self.site) as urls, bulk.watching(urls["owner"]) as auditor:
            found = bulk.uploaded(auditor, NAIVE_ROWS, now())
            _, wrong = bulk.brought_through(found, self._worker(urls, "remembers_first"), NAIVE_KILLS, chance)
        self.tally.broken("B1", "remembers its place before it commits", wrong)
        with scratch(self.site) as urls, bulk.watching(urls["owner"]) as auditor:
            begin = self._worker(urls)
            bulk.brought_through(bulk.uploaded(auditor, NAIVE_ROWS, now()), begin, 0, chance)
            act = bulk.released(auditor, begin, NAIVE_ROWS, now())
            careless = self._worker(urls, "marks_first")
            bulk.killed_along(careless, act.job(), bulk.points(act.cases, NAIVE_KILLS, chance), chance)
            wrong = [*bulk.finished(careless, act.job()), *act.wrong()]
        self.tally.broken("B2", "marks cases before it moves them", wrong)

    def _worker(self, urls: dict[str, str], variant: str = "") -> bulk.Begin:
        environment = self.site.environment(DATABASE_URL=urls["app"], FAULTS_VARIANT=variant)
        return partial(bulk.long_worker, environment, self.site.folder / "long.log")


def _fewer(test: str, kills: int, wanted: int) -> list[str]:
    """A worker that is held cannot be through before the blow: each blow must have struck."""
    return [] if kills == wanted else [f"{test}: {kills} of {wanted} blows struck a worker at its job"]
