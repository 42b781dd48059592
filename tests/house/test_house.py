"""The architecture, checked: doors, declarations, facts, locks, words that do not belong."""

import ast
import json
import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.house import budget
from tests.house.source import ROOT, Module, modules, own
from yichuang.cases import flow
from yichuang.cases.flow.bulk_acts import BULK_FACTS
from yichuang.cases.flow.reviewers import REVIEWER_FACTS
from yichuang.directory.flow import LABELS, Capability
from yichuang.effects.jobs import tell_applicant, tell_holder
from yichuang.effects.table import EFFECTS
from yichuang.kernel.web import PUBLIC, SIGNED_IN, requirement
from yichuang.notices.flow import APPLICANT, STAFF
from yichuang.reports import flow as reports

DOORS = {
    "__init__", "flow", "rules", "models", "queries", "sql", "commands", "api", "pages", "cli", "render", "data",
    "fixtures", "migrations", "templates", "static", "tests",
}  # fmt: skip
# effects is the table and its jobs; kernel and gateways are shelves of small tools, not rooms with doors.
EXTRA_DOORS = {
    "effects": {"table", "jobs", "bulk_told", "chasing", "leases", "long_work", "scheduling", "webhooks"}
}
NOT_ROOMS = {"kernel", "gateways"}
ROOMS = sorted(p.name for p in (ROOT / "yichuang").iterdir() if (p / "__init__.py").exists())


def patterns(found: list[URLPattern | URLResolver]) -> Iterator[URLPattern]:
    for entry in found:
        if isinstance(entry, URLResolver):
            yield from patterns(entry.url_patterns)
        else:
            yield entry


PATTERNS = list(patterns(get_resolver().url_patterns))


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: str(p.pattern))
def test_every_address_says_who_may_open_it(pattern: URLPattern) -> None:
    wanted = requirement(pattern.callback)
    assert wanted in {PUBLIC, SIGNED_IN, *(str(c) for c in Capability)}, f"{pattern.pattern} declares nothing"


def test_addresses_have_names_of_their_own() -> None:
    names = [pattern.name for pattern in PATTERNS]
    assert None not in names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("room", [room for room in ROOMS if room not in NOT_ROOMS])
def test_a_room_has_only_its_doors(room: str) -> None:
    allowed = DOORS | EXTRA_DOORS.get(room, set())
    entries = {
        p.name.removesuffix(".py") for p in (ROOT / "yichuang" / room).iterdir() if p.name != "__pycache__"
    }
    assert entries <= allowed


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is_for(room: str) -> None:
    tree = ast.parse((ROOT / "yichuang" / room / "__init__.py").read_text(encoding="utf-8"))
    assert len(ast.get_docstring(tree) or "") > 40


WRITES = re.compile(
    r"\.objects\b.*\.(create|update|delete|bulk_create|update_or_create|get_or_create)\(|\.save\("
)


@pytest.mark.parametrize(
    "module", [m for m in own() if m.door in ("pages", "queries", "render", "api")], ids=lambda m: m.name
)
def test_rows_are_written_by_commands_alone(module: Module) -> None:
    found = [line for line in module.text.splitlines() if WRITES.search(line)]
    assert not found


def joined_while_locked(text: str) -> list[str]:
    """What a query locks without it but joins: were the row moved to another while it waits, it would not be found."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        chain: dict[str, ast.Call] = {}
        while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            chain[node.func.attr] = node
            node = node.func.value
        if {"select_for_update", "select_related"} <= chain.keys():
            joined = {ast.literal_eval(arg) for arg in chain["select_related"].args} or {"everything"}
            kept = [ast.literal_eval(k.value) for k in chain["select_for_update"].keywords if k.arg == "of"]
            found |= joined - set(kept[0] if kept else ())
    return sorted(found)


@pytest.mark.parametrize("module", [m for m in own() if m.door == "commands"], ids=lambda m: m.name)
def test_a_locked_row_is_not_joined_to_what_it_points_at(module: Module) -> None:
    assert joined_while_locked(module.text) == []


def test_a_join_under_a_lock_is_noticed() -> None:
    chain = "Item.objects.select_for_update(of=({of})).select_related('department').first()"
    assert joined_while_locked(chain.format(of="'self',")) == ["department"]
    assert joined_while_locked(chain.format(of="'self', 'department'")) == []
    assert joined_while_locked("Item.objects.select_for_update().select_related('a', 'b')") == ["a", "b"]
    assert joined_while_locked(chain.format(of="'self',").replace("'department'", "")) == ["everything"]


CLOCK = re.compile(r"datetime\.now\(|date\.today\(|time\.time\(|timezone\.now\(")
# The business clock itself; a tool without a database that must know today; the launcher and the bench, which are no business.
CLOCKS = ("yichuang/workdays/queries.py", "yichuang/kernel/cli.py", "config/launch/", "bench/")


@pytest.mark.parametrize("module", [m for m in own() if not m.name.startswith(CLOCKS)], ids=lambda m: m.name)
def test_time_is_passed_in(module: Module) -> None:
    assert not CLOCK.search(module.text)


def test_every_capability_has_a_name_for_people() -> None:
    assert set(LABELS) == set(Capability)


# What the platform does by itself, or what its caller has already been asked for.
UNGUARDED = {
    "yichuang/cases/commands/filing.py:file": "intake asks for the capability and owns the transaction",
    "yichuang/cases/commands/filing_many.py:file_many": "the same",
    "yichuang/cases/commands/filing_many.py:spelled": "puts a block together for a caller that has asked, and writes nothing",
    "yichuang/intake/commands/bulk_blocks.py:guessed": "the same",
    "yichuang/cases/commands/recompute.py:recompute": "a tool of the administrator; changes nothing but what is computed",
    "yichuang/journal/commands/facts.py:record": "rooms above ask; the journal only remembers",
    "yichuang/journal/commands/views.py:log_view": "keeps that the actor has looked; rooms above ask whether he may",
    "yichuang/journal/commands/views.py:note_view": "keeps that the actor has looked; rooms above ask whether he may",
    "yichuang/journal/commands/views.py:note_views": "keeps that the actor has looked; rooms above ask whether he may",
    "yichuang/journal/commands/views.py:log_views": "keeps that the actor has looked; rooms above ask whether he may",
    "yichuang/statistics/commands/figures.py:freeze": "the report's issuing asks; a snapshot changes no figure",
    "yichuang/notices/commands.py:read_all": "only ever the actor's own messages",
    "yichuang/journal/commands/facts.py:fact_parameters": "puts a fact's parameters together and writes nothing",
    "yichuang/catalogue/commands/guides.py:tell": "leaves the fact of a command that has asked",
    "yichuang/catalogue/commands/guides.py:four_eyes_problem": "answers a question and writes nothing",
    "yichuang/intake/commands/drafts.py:discard_draft": "the statement deletes the actor's own draft only",
    "yichuang/reports/commands/keeping.py:keep": "keeps the version of a command that has asked",
    "yichuang/reports/commands/keeping.py:keep_version": "keeps the version of a command that has asked",
    "yichuang/workdays/commands.py:load_packaged": "fills the table from the package when the site starts",
    "yichuang/cases/commands/recompute.py:import_notices": "workdays' import, which it calls first, asks for the capability",
    "yichuang/programmes/commands/task_base.py:task_fact": "leaves the fact of a command that has asked",
    "yichuang/programmes/commands/task_base.py:keep_version": "keeps the version of a command that has asked",
    "yichuang/reports/commands/distribution.py:receipt_reading": "only ever that the actor has read",
    "yichuang/reports/commands/distribution.py:subscribe_to_issues": "only ever the actor's own reminder; the page is the staff's",
    "yichuang/cases/commands/happenings.py:leave": "leaves the fact of a command that has asked",
    "yichuang/cases/commands/happenings.py:key_hash": "says what a client key stands for and writes nothing",
    "yichuang/exchange/commands/taking.py:take_lines": "takes the block of a batch or of a retry that has asked",
    "yichuang/exchange/commands/writing.py:write_changes": "writes what a command that has asked has weighed",
    "yichuang/cases/commands/experts.py:save_review": "saves the review that a command has asked for and holds",
}
# What asks: a capability, the engine of the case (which asks by the flow table), or that it is one's own.
GUARDS = {"require", "begin", "visible", "own_draft", "open_draft"}


def calls(node: ast.AST) -> set[str]:
    """The names of what a piece of code calls."""
    called = [n.func for n in ast.walk(node) if isinstance(n, ast.Call)]
    return {
        f.attr if isinstance(f, ast.Attribute) else f.id
        for f in called
        if isinstance(f, ast.Attribute | ast.Name)
    }


def asking(known: dict[tuple[str, str], set[str]]) -> set[tuple[str, str]]:
    """The functions that ask, themselves or through another: of the own module, else of whatever module has the name."""
    found: set[tuple[str, str]] = set()

    def asks(module: str, called: set[str]) -> bool:
        elsewhere = {name for _, name in found}
        return any(
            name in GUARDS or ((module, name) in found if (module, name) in known else name in elsewhere)
            for name in called
        )

    while more := {key for key, called in known.items() if key not in found and asks(key[0], called)}:
        found |= more
    return found


def unasked(written: list[Module]) -> list[str]:
    """Commands that are told who acts and never ask what he may."""
    functions = [(m, n) for m in written if m.door == "commands" for n in m.functions]
    asks = asking({(module.name, node.name): calls(node) for module, node in functions})
    return [
        f"{module.name}:{node.name}"
        for module, node in functions
        if node in module.tree.body
        and not node.name.startswith("_")
        and "by" in {a.arg for a in [*node.args.args, *node.args.kwonlyargs]}
        and (module.name, node.name) not in asks
    ]


def test_every_command_that_knows_the_actor_asks_what_he_may() -> None:
    assert [name for name in unasked(list(own())) if name not in UNGUARDED] == []


def test_a_command_that_forgets_to_ask_is_noticed() -> None:
    text = "def careless(x: int, *, by: Actor) -> None:\n    save(x)\n"
    path = ROOT / "yichuang" / "cases" / "commands" / "careless.py"
    assert unasked([Module(path, text)]) == ["yichuang/cases/commands/careless.py:careless"]


def test_every_effect_follows_a_fact_that_exists_and_has_its_words() -> None:
    known = set(flow.FACT_SENTENCES) | set(REVIEWER_FACTS) | set(reports.FACT_LABELS) | set(BULK_FACTS)
    assert set(EFFECTS) <= known
    told = {kind for kind, tasks in EFFECTS.items() if {tell_applicant, tell_holder} & set(tasks)}
    assert set(APPLICANT) | set(STAFF) == told


ADDRESS = re.compile(r"https?://[^\s\"']+")
LOCKS = sorted(
    [*ROOT.glob("requirements*.txt"), *ROOT.glob("package*.json"), ROOT / ".npmrc", ROOT / "pyproject.toml"]
)


@pytest.mark.parametrize("path", LOCKS, ids=lambda p: p.name)
def test_locks_name_no_address(path: object) -> None:
    text = (ROOT / str(path)).read_text(encoding="utf-8")
    if str(path).endswith("package-lock.json"):
        packages = json.loads(text)["packages"]
        text = json.dumps([{k: v for k, v in entry.items() if k != "funding"} for entry in packages.values()])
    assert not ADDRESS.findall(text)


TEMPLATES = sorted(ROOT.glob("yichuang/*/templates/**/*.html"))
INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=\"", re.I)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_pages_hold_no_inline_style_or_script(path: object) -> None:
    text = re.sub(r"\{#.*?#\}", "", (ROOT / str(path)).read_text(encoding="utf-8"), flags=re.S)
    assert not INLINE.findall(text)


def test_the_budget_is_kept() -> None:
    assert budget.report()[1] == []


def test_the_budget_notices_a_long_function_and_a_missing_type() -> None:
    long = ast.parse("def f(a: int) -> int:\n" + "    a += 1\n" * 70 + "    return a\n").body[0]
    bare = ast.parse("def f(a): return a").body[0]
    assert isinstance(long, ast.FunctionDef)
    assert isinstance(bare, ast.FunctionDef)
    assert budget.length(long) > budget.FUNCTION_MAX
    assert budget.untyped(bare)
    assert not budget.untyped(long)


def test_docs_show_the_flow_as_it_is() -> None:
    assert flow.mermaid() in (ROOT / "docs" / "map.md").read_text(encoding="utf-8")


def test_docs_name_every_room() -> None:
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    assert [room for room in ROOMS if f"`{room}`" not in text] == []


WORKPLACE = re.compile(r"/work/|\.\./shared|\bsubagent|\bhelper-\d", re.I)


@pytest.mark.parametrize("module", modules(), ids=lambda m: m.name)
def test_the_repository_speaks_of_the_product_alone(module: Module) -> None:
    if module.name != "tests/house/test_house.py":
        assert not WORKPLACE.search(module.text)
