"""Every write of the web and of machines: it brings a key that is kept, or it is named here as one that needs none."""

import ast
import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, get_resolver

from tests.house.source import own

Function = Callable[..., Any]
# Why a form may be sent twice without a key.
BY_NATURE: dict[str, set[str]] = {
    "nothing is written, or only the browser's own session": {
        "sign-in", "sign-out", "elder", "follow", "calendar-preview", "report-verify", "draft-questions",
        "window-draft-questions", "clock-move", "desk-messages-read", "desk-report-lock", "desk-report-reminder",
        "desk-reveal", "experts-import",
    },
    "one name, number, day or paper, once in the database": {
        "department-new", "post-new", "staff-new", "register", "calendar-enter", "guide-begin", "desk-report-new",
        "brought-forward-enter", "desk-inspection-terms", "desk-duty-plans", "desk-report-form-copy",
        "catalogue-import-packaged", "desk-report-import", "programme-campaign-filer",
    },
    "says how something shall be: a second time changes nothing, an older screen is told so": {
        "department-edit", "post-edit", "staff-edit", "staff-password", "guide-edit-first", "guide-edit", "manual-save",
        "draft-section", "draft-save", "window-draft-section", "window-draft-save",
        "licence-list-entries", "desk-inspection-term", "programme-event-edit", "programme-task-edit",
        "programme-campaign-edit", "desk-report-section", "desk-report-inspection", "desk-report-imprint",
        "desk-report-visits", "desk-report-visit", "desk-report-numbers-bind", "desk-report-form",
        "desk-report-form-switch", "desk-report-check-fix", "desk-report-check-ignore", "desk-round-draft", "window-seat",
        "desk-report-bring-forward", "supply-file", "exchange-system", "webhook-change", "my-bulk-columns", "desk-bulk-columns",
    },
    "moves one thing from one state to the next: the second finds it moved": {
        "desk-claim", "desk-release", "token-revoke", "stand-in-end", "expert-unrelate", "guide-move", "manual-move",
        "authorisation-withdraw", "delegation-end", "licence-list-register", "guide-task-move", "transfer-execute",
        "transfer-cancel", "draft-remove", "window-draft-remove", "desk-staffing-end", "desk-act-cancel",
        "desk-act-receipt", "desk-round", "desk-finding-step", "desk-duty-visit-cancel", "desk-duty-requirement-step",
        "desk-rating-decide", "desk-rating-step", "complaint-follow", "complaint-reopen", "desk-complaint-step",
        "programme-event-cancel", "programme-event-file-remove", "programme-task-milestone",
        "programme-task-extension-decide", "programme-task-file-remove", "programme-campaign-close",
        "programme-campaign-filer-remove", "brought-forward-cancel", "desk-report-act", "desk-report-take",
        "desk-report-decline", "desk-report-visit-remove", "desk-report-change-revert", "desk-report-change-judge",
        "desk-report-comment-settle", "desk-report-contribute-discard", "desk-report-withdraw",
        "desk-report-erratum-withdraw", "bulk-act-propose", "bulk-act-release", "bulk-act-cancel", "my-bulk-act",
        "desk-bulk-act", "webhook-switch", "webhook-secret",
    },
    "writes nothing that a second time would double: a trial post, a cursor that is set back": {
        "webhook-ping", "webhook-replay",
    },
}  # fmt: skip
# Commands that take a key and keep it with a hash of the body by other means than `keyed`.
KEPT_ELSEWHERE = {
    "yichuang/cases/": "the engine: key and hash of a step stand in its fact, unique for the case",
    "yichuang/halls/commands/acts": "an act of the window keeps key and hash in its row",
    "yichuang/halls/commands/windows_filing.py:": "files by intake, and its act keeps the key",
    "yichuang/intake/commands/filing.py:": "the key of a filing stands in journal_client_key",
    "yichuang/intake/commands/direct.py:": "the same",
    "yichuang/intake/commands/walk_in.py:": "the same; the draft's id is made of the key",
    "yichuang/intake/commands/correction.py:": "answers by the engine of cases",
    "yichuang/intake/commands/supply.py:": "supplies by the engine of cases",
    "yichuang/journal/commands/keys.py:": "keeps keys",
    "yichuang/directory/commands/reach.py:arrange_stand_in": "compares what was arranged with what is asked for",
    "yichuang/directory/commands/experts_import.py:": "claims its key itself: what it did stands in the import's fact",
    "yichuang/exchange/commands/batches.py:lay_batch_aside": "opens the batch by its key, or finds it: its name is all that it marks",
    "yichuang/exchange/commands/national.py:take_table": "the same; lines are taken once by their numbers",
    "yichuang/directory/commands/tokens.py:make_token": "claims its key itself: a secret is shown once",
}
# Commands that claim the key themselves, in their own body: the test looks for it.
CLAIMS = {"standing", "once"}


def inner(view: Function) -> Function:
    """The function under decorators and partials."""
    while True:
        if isinstance(view, functools.partial):
            view = view.func
        elif hasattr(view, "__wrapped__"):
            view = vars(view)["__wrapped__"]
        else:
            return view


def methods(view: Function) -> set[str]:
    """The methods that a view takes, as its decorator says; all of them where it does not say."""
    while True:
        if isinstance(view, functools.partial):
            view = view.func
            continue
        bound = inspect.getclosurevars(view).nonlocals if inspect.isfunction(view) else {}
        if "request_method_list" in bound:
            return set(bound["request_method_list"])
        if not hasattr(view, "__wrapped__"):
            return {"GET", "POST"}
        view = vars(view)["__wrapped__"]


def called(function: Function) -> Iterator[Function]:
    """Functions of our pages that a function names, those in tables included."""
    for name in function.__code__.co_names:
        found = function.__globals__.get(name)
        for one in found.values() if isinstance(found, dict) else [found]:
            if inspect.isfunction(one) and one.__module__.startswith("yichuang."):
                yield inner(one)


def reads_key(function: Function, seen: set[Function]) -> bool:
    """Whether a view reads the client's key, itself or through another function of the pages."""
    if function in seen or (".pages" not in function.__module__ and ".api" not in function.__module__):
        return False
    seen.add(function)
    names = function.__code__.co_names
    return bool({"post_key", "idempotency_key"} & set(names)) or any(
        reads_key(one, seen) for one in called(function)
    )


WRITES = [
    one
    for one in get_resolver().url_patterns
    if isinstance(one, URLPattern) and "POST" in methods(one.callback)
]


def test_every_write_brings_a_key_or_is_named_as_one_that_needs_none() -> None:
    named = [name for names in BY_NATURE.values() for name in names]
    assert len(named) == len(set(named))
    keyed = {str(one.name) for one in WRITES if reads_key(inner(one.callback), set())}
    assert len(keyed) > 60
    assert {str(one.name) for one in WRITES} - keyed - set(named) == set(), (
        "a write without a key must say why"
    )
    assert keyed & set(named) == set()
    assert set(named) - {str(one.name) for one in WRITES} <= {"supply-file"}


def forgetful(request: Any) -> None:
    """A view that reads no key."""


def test_a_view_without_a_key_is_noticed() -> None:
    assert not reads_key(forgetful, set())
    assert methods(forgetful) == {"GET", "POST"}


def claims(node: ast.FunctionDef) -> bool:
    """Whether a command asks what its key stands for and claims it, with a hash of the body."""
    named = {
        one.func.id: {word.arg for word in one.keywords}
        for one in ast.walk(node)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
    }
    return set(named) >= CLAIMS and all("body_hash" in named[name] for name in CLAIMS)


def keyless() -> list[str]:
    """Commands that take a client key and do not keep it with a hash."""
    found = []
    for module in own():
        for node in module.tree.body if module.door == "commands" else []:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            names = {one.arg for one in [*node.args.args, *node.args.kwonlyargs]}
            decorated = any("keyed(" in ast.unparse(one) for one in node.decorator_list) or claims(node)
            if "key" in names and names & {"by", "at"} and not decorated:
                found.append(f"{module.name}:{node.name}")
    return found


def test_every_key_is_kept_with_a_hash_of_what_was_sent() -> None:
    assert [name for name in keyless() if not name.startswith(tuple(KEPT_ELSEWHERE))] == []


FORGETFUL = "def save(data, *, by, at, key):\n    known = standing('draft', key, owner=by)\n    once('draft', key, owner=by)"


def test_a_command_that_keeps_its_key_without_a_hash_is_noticed() -> None:
    """The broken variants: a key that is kept for nothing, or looked up and never claimed."""
    (careful,) = ast.parse(FORGETFUL.replace("owner=by", "body_hash=hash_of(data), owner=by")).body
    (forgetful,) = ast.parse(FORGETFUL).body
    (looking,) = ast.parse(FORGETFUL.replace("owner=by", "body_hash=1").rpartition("\n")[0]).body
    assert isinstance(careful, ast.FunctionDef)
    assert claims(careful)
    for one in (forgetful, looking):
        assert isinstance(one, ast.FunctionDef)
        assert not claims(one)
