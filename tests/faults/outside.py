"""The tests that go over HTTP: R1–R4, R8–R10, R13 and R20, on a whole installation."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from config.launch.processes import wait_until
from tests.faults import cuts, jobs, keys, kills, network, reporting, triggers
from tests.faults.filing import Post
from tests.faults.installation import Installation, Web, serving
from tests.faults.invariants import Auditor, first
from tests.faults.ledger import Ledger
from tests.faults.people import Cast, bodies
from tests.faults.reporting_plant import FOLDER, Grown, forked, reporter
from tests.faults.scratch import scratch
from tests.faults.sizes import Sizes
from tests.faults.tally import Tally
from yichuang.cases.tests import factories as make
from yichuang.effects.commands import drain_all
from yichuang.statistics.queries.recount import compared_day
from yichuang.workdays.queries import now

BROKEN = "tests.faults.broken_site"
PAUSE = (0.4, 1.2)
# A write that sleeps is waited for as long as a statement may take: some tables stand for all.
SLEPT_ON = ("intake_application", "cases_case", "intake_receipt")
BROKEN_STRIKES = 3
# Files of several blocks of 5,000.
REPORTED = 9_000
REPORT_PAUSE = (0.3, 3.0)
# Long enough for the broken variant to have something to lose; a sound server loses nothing whatever it is.
FORGETFUL = (
    "alter role yichuang_app in database yichuang set synchronous_commit = off",
    "alter system set wal_writer_delay = '5s'",
    "select pg_reload_conf()",
)
MINDFUL = (
    "alter role yichuang_app in database yichuang reset synchronous_commit",
    "alter system reset wal_writer_delay",
    "select pg_reload_conf()",
)


@dataclass
class Outside:
    """One run on one installation."""

    site: Installation
    sizes: Sizes
    tally: Tally
    cast: Cast

    @property
    def auditor(self) -> Auditor:
        """Reads the installation's database."""
        return Auditor(self.site.urls["owner"])

    def begin(self, address: str = "") -> tuple[Post, Ledger]:
        """A fresh book; what is filed from now on must be in it."""
        self.auditor.mark()
        return Post(address or self.site.address, self.cast.portal, bodies()), Ledger()

    def web(self, variant: str = "", **changes: str) -> Web:
        """One more web server on the installation; with a variant, a broken build."""
        environment = self.site.environment(FAULTS_VARIANT=variant, **changes)
        return Web(environment, self.site.folder / "more.log", module=BROKEN if variant else "config.wsgi")

    def kept(self, test: str, post: Post, ledger: Ledger) -> None:
        """Judge everything after a test, the files too."""
        wait_until(self.web_is_back, kills.BACK_SECONDS)
        kills.all_kept(test, self.tally, self.auditor, ledger, post)
        self.tally.violation(test, kills.files_missing(ledger, self.files))

    @property
    def files(self) -> Path:
        """The installation's file store."""
        return self.site.places.var / "files"

    def web_is_back(self) -> bool:
        """Whether the site's own web server answers."""
        found = Web.answers
        probe = Web({}, self.site.folder / "probe.log")
        probe.port = self.site.port
        return found(probe)

    def r1(self) -> None:
        """Web processes are killed under load."""
        post, ledger = self.begin()
        chance = random.Random(1)
        done, away = kills.kill_under_load(
            post, ledger, self.sizes.clients, self.sizes.web_kills, lambda: kills.a_web_process(self.site, chance),
            PAUSE,
        )  # fmt: skip
        self.tally.add(kills=done)
        self.tally.recovered(away)
        self.kept("R1", post, ledger)
        self.tally.figure("R1", f"{done} kills of web processes, {len(ledger.acks)} acks, away {away:.2f} s")
        self.tally.broken(
            "R1",
            "answers before it has committed",
            self._broken_kills("early_ack", lambda book: self.auditor.lost(book)),
        )

    def _broken_kills(self, variant: str, judge: Callable[[Ledger], list[str]]) -> list[str]:
        with serving(self.web(variant)) as web:
            post, ledger = self.begin(web.address)
            kills.kill_under_load(
                post, ledger, self.sizes.clients, BROKEN_STRIKES, lambda: kills.the_web(web), PAUSE
            )
            web.kill()
        return judge(ledger)

    def r2(self) -> None:
        """The database is killed under load, with all its children."""
        post, ledger = self.begin()
        done = 0
        while done < self.sizes.database_kills or self.tally.acks + len(ledger.acks) < self.sizes.acks:
            more, away = kills.kill_under_load(
                post, ledger, self.sizes.clients, max(1, self.sizes.database_kills // 2),
                lambda: kills.the_database(self.site), PAUSE,
            )  # fmt: skip
            done += more
            self.tally.recovered(away)
            if away > kills.DATABASE_SECONDS:
                self.tally.violation("R2", f"away for {away:.1f} s after a kill of the database")
            if not more:
                break
        self.tally.add(kills=done)
        self.kept("R2", post, ledger)
        self.tally.figure("R2", f"{done} kills of PostgreSQL, {len(ledger.acks)} acks, away {away:.2f} s")
        with self._forgetful():
            found: list[str] = []
            for _ in range(BROKEN_STRIKES):
                found = found or self._forgetful_kill()
        self.tally.broken("R2", "synchronous_commit = off", found)

    @contextmanager
    def _forgetful(self) -> Iterator[None]:
        self._say(FORGETFUL)
        try:
            yield
        finally:
            self._say(MINDFUL)

    def _say(self, statements: tuple[str, ...]) -> None:
        with psycopg.connect(self.site.admin_url("yichuang"), autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement.encode())

    def _forgetful_kill(self) -> list[str]:
        with serving(self.web(YICHUANG_DEVELOPMENT="1")) as web:
            post, ledger = self.begin(web.address)
            kills.kill_under_load(
                post, ledger, self.sizes.clients, 1, lambda: kills.the_database(self.site), PAUSE
            )
        return self.auditor.lost(ledger)

    def r3(self) -> None:
        """The connection to the database is cut at every message of a filing."""
        done, found = self._cut("")
        self.tally.add(cut_points=done)
        self.tally.violation("R3", found)
        self.tally.figure("R3", f"{done} cut points, exactly one case for each key")
        for variant, words in (
            ("keyless", "no key"),
            ("two_transactions", "case and receipt in two transactions"),
        ):
            self.tally.broken("R3", words, self._cut(variant)[1])

    def _cut(self, variant: str) -> tuple[int, list[str]]:
        before = int(self.auditor.ask("select count(*) from cases_case")[0][0])
        module, log = (BROKEN if variant else "config.wsgi"), self.site.folder / "cut.log"
        with cuts.behind_proxy(self.site.environment(), log, module=module, variant=variant) as (web, proxy):
            post, ledger = self.begin(web.address)
            # A broken build may never find its way: it is neither waited for as long nor cut everywhere.
            patience, every = (
                (3.0, 2 * self.sizes.cut_every) if variant else (cuts.PATIENCE_SECONDS, self.sizes.cut_every)
            )
            done = cuts.cut_everywhere(post, proxy, ledger, every=every, patience=patience)
        found = cuts.exactly_one_each(self.auditor, ledger, before)
        if not variant:
            self.tally.add(acks=len(ledger.acks))
        return done, found

    def r4(self) -> None:
        """Each write of a filing is failed by a trigger."""
        post, ledger = self.begin()
        for how, only in (("raise", ()), ("terminate", ()), ("sleep", SLEPT_ON)):
            faults, found = triggers.fail_everywhere(
                post, self.site.urls["owner"], ledger, how=how, only=only
            )
            self.tally.violation("R4", found)
            self.tally.figure("R4", f"{faults} writes failed ({how}), each time all or nothing")
        self.kept("R4", post, ledger)
        with serving(self.web("two_transactions")) as web:
            post, ledger = self.begin(web.address)
            _, found = triggers.fail_everywhere(post, self.site.urls["owner"], ledger)
        self.tally.broken("R4", "case and receipt in two transactions", found)

    def r8(self) -> None:
        """The worker is killed in the middle of its jobs."""
        post, ledger = self.begin()
        done, seconds, found = jobs.kill_workers(self.site, post, ledger, self.sizes.worker_kills)
        self.tally.add(kills=done)
        self.tally.violation("R8", found)
        self.kept("R8", post, ledger)
        self.tally.figure(
            "R8", f"{done} kills of the worker in mid-job, all done {seconds:.1f} s after the last"
        )
        with scratch(self.site) as urls:
            environment = self.site.environment(DATABASE_URL=urls["app"])
            worker = jobs.Worker(environment, self.site.folder / "worker.log", leases=False)
            stuck = jobs.kill_a_worker(worker, Auditor(urls["owner"]), urls["owner"], make.filed)
        self.tally.broken("R8", "jobs of a dead worker are not given back", stuck)

    def r9(self) -> None:
        """Web servers are killed while files come in."""
        with serving(self.web()) as web:
            post, ledger = self.begin(web.address)
            post = Post(post.address, post.account, bodies(files=2))
            done, _ = kills.kill_under_load(
                post, ledger, self.sizes.clients, self.sizes.file_kills, lambda: kills.the_web(web), PAUSE
            )
            self.tally.add(kills=done)
            self.kept("R9", post, ledger)
        files = sum(len(ack.attachments) for ack in ledger.acks.values())
        self.tally.figure(
            "R9", f"{done} kills, {files} acknowledged files, all there with the hash of the receipt"
        )
        missing = self._broken_kills("late_files", lambda book: kills.files_missing(book, self.files))
        self.tally.broken("R9", "a file is written after the answer", missing)

    def r10(self) -> None:
        """The network between site and database is cut."""
        log = self.site.folder / "network.log"
        with cuts.behind_proxy(self.site.environment(), log, age="600") as (web, proxy):
            self._cut_network("black hole", web, network.black_hole(proxy))
        if network.may_cut_wires():
            with network.over_a_wire(self.site.environment(), log) as (web, cutter):
                self._cut_network("wire down", web, cutter)
        else:
            self.tally.say("R10 this machine permits no network namespaces: the wire is not cut")
        with cuts.behind_proxy(self.site.environment(), log, module=BROKEN, variant="patient", age="600") as (
            web,
            proxy,
        ):
            post, ledger = self.begin(web.address)
            _, _, found = network.cut_for_a_while(post, ledger, network.black_hole(proxy), 1)
        self.tally.broken("R10", "waits for the database as long as it takes", found)

    def _cut_network(self, how: str, web: Web, cutter: network.Cutter) -> None:
        post, ledger = self.begin(web.address)
        longest, healing, found = network.cut_for_a_while(post, ledger, cutter, self.sizes.black_holes)
        self.tally.recovered(healing)
        self.tally.violation("R10", found)
        self.kept("R10", post, ledger)
        self.tally.figure("R10", f"{how}: requests ended within {longest:.1f} s, healed in {healing:.1f} s")

    def r13(self) -> None:
        """One key is one case."""
        post, ledger = self.begin()
        found = keys.storm(post, self.cast.stranger, self.auditor, ledger, self.sizes.keys, self.sizes.posts)
        self.tally.violation("R13", found)
        self.kept("R13", post, ledger)
        self.tally.figure(
            "R13", f"{self.sizes.keys} keys × {self.sizes.posts} posts = {len(ledger.acks)} cases"
        )
        with serving(self.web("keyless")) as web:
            post, ledger = self.begin(web.address)
            found = keys.storm(post, self.cast.stranger, self.auditor, ledger, 3, self.sizes.posts)
        self.tally.broken("R13", "no key", first(found))

    def r20(self) -> None:
        """A system reports by file and by interface; the web server and the long worker are killed."""
        folder = self.site.folder / "drops"
        with scratch(self.site) as urls:
            told, auditor = reporter(), Auditor(urls["owner"])
            environment = self.site.environment(DATABASE_URL=urls["app"], YICHUANG_EXCHANGE_DIR=str(folder))
            web = Web(environment, self.site.folder / "reporting.log")
            plant, book = Grown(web, environment, self.site.folder / "long-killed.log"), told.book(REPORTED)
            with serving(web), plant.working():
                struck = reporting.kill_while_reporting(
                    book, folder / FOLDER, [told.sender(web.address) for _ in range(2)], plant, auditor,
                    self.sizes.report_kills, REPORT_PAUSE,
                )  # fmt: skip
            drain_all(at=now())
            self.tally.add(kills=struck.kills)
            self.tally.violation("R20", reporting.judged(book, auditor))
            self.tally.violation("R20", reporting.counted_wrong([book], auditor))
            differing = sum(compared_day(day).differing for day in book.days)
            self.tally.violation(
                "R20", [f"R20: {differing} cells differ from their facts"] if differing else []
            )
            self.tally.figure(
                "R20",
                f"{struck.kills} kills, {struck.inside} inside a batch; {sum(book.lines.values())} lines in {len(book.lines)} batches, "
                f"{len(book.counted)} events counted once, {len(book.doubtful)} in quarantine once",
            )
            with forked({**environment, "FAULTS_BLOCK": "20"}, self.site.folder / "broken.log") as forks:
                for variant, words in reporting.VARIANTS.items():
                    lost = reporting.broken(forks, variant, told.book(200), folder / FOLDER, auditor)
                    self.tally.broken("R20", words, lost)
