"""The house's own rules about code, each with its reason.

What ruff, mypy and the import floors can hold, they hold; here stands what is ours alone.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import (
    PRODUCT,
    ROOT,
    at,
    calls,
    committed,
    dotted,
    functions,
    nodes,
    python_files,
    tree,
)

MAY_COMMIT = {"portal/db.py", "portal/web/edge.py", "portal/migrations/env.py"}
MAY_ASK_THE_TIME = ("portal/app.py", "portal/db.py", "portal/web/edge.py", "portal/cli/", "portal/jobs/")
CLOCKS = re.compile(r"(^|\.)(datetime|date)\.(now|utcnow|today)$|^time\.(time|time_ns|localtime|gmtime)$")

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
LONG_FOR_A_REASON = {
    "portal/web/words/statuses.py": "the one table of states: a page that words one itself parts from it",
    "portal/web/words/audit_actions.py": "the one table of deeds, a line each",
    "portal/models/__init__.py": "the names of all tables, once as imports and once as what is exported",
    "tests/benchmarks/plain_judging.py": "one loop: cut into functions it would be dearer than what is held against it",
    "portal/migrations/versions/": "a migration is a list of tables and columns, read from top to bottom once",
}
"""The beginning of `path` or `path::function` → why it may be longer."""

REGISTRY = re.compile(r"\b(pypi|python" r"hosted|npmjs|yarnpkg|npmmirror|tsinghua)\.(org|com|io|edu)\b")


def test_only_the_edge_commits() -> None:
    """A service that commits tears its caller's transaction in two: half a payout could then stand alone."""
    found = [
        at(path, call)
        for path in python_files(*PRODUCT)
        if str(path) not in MAY_COMMIT
        for name, call in calls(path)
        if name.endswith(".commit")
    ]
    assert not found


NOTES = {
    "portal/services/kept_files.py": "the files that go or stay with the transaction",
    "portal/services/facts.py": "what was recorded and is entered in the line of facts at the commit",
}
"""What a module alone notes on a session for itself, in its `info`."""


def test_what_a_session_carries_is_typed() -> None:
    """A service finds what it needs as an attribute of the portal's session, not under a word that may be missing."""
    found = [
        at(path, node)
        for path in python_files("portal")
        if str(path) not in NOTES
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and node.attr == "info" and ast.unparse(node.value).endswith("session")
    ]
    assert not found


BARE = {"portal/session.py": "it extends it", "portal/access/scope.py": "it reads rows, and stands below"}
"""What may name SQLAlchemy's own session."""


def test_services_are_handed_the_session_of_the_portal() -> None:
    """`Session` is `portal.session.Session`: the type checker sees vault, limits and all else that it carries."""
    bare = {
        str(path)
        for path in python_files("portal")
        if "migrations" not in path.parts
        for node in ast.walk(tree(path))
        if _names_the_bare_session(node)
    }
    assert bare == BARE.keys()


def _names_the_bare_session(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return node.module == "sqlalchemy.orm" and any(name.name == "Session" for name in node.names)
    return isinstance(node, ast.Attribute) and ast.unparse(node) == "orm.Session"


def test_a_form_that_is_wrong_answers_in_one_way() -> None:
    """A view hands its form to `edge.form_page`, which knows the status: none works it out by itself."""
    found = [
        at(path, node)
        for path in python_files("portal/web")
        if str(path) != "portal/web/edge.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.IfExp) and isinstance(node.body, ast.Constant) and node.body.value == 422
    ]
    assert not found


def test_only_the_clock_asks_the_time() -> None:
    """Rules are replayed, tested and explained with an instant that is handed in."""
    found = [
        at(path, call)
        for path in python_files(*PRODUCT)
        if str(path) != "portal/clock.py"
        for name, call in calls(path)
        if CLOCKS.search(name)
    ]
    assert not found


def test_no_test_hangs_on_the_day() -> None:
    """What was green on the 28th was red on the 29th: a test names its instants, or asks `tests.clock.real_now`."""
    found = [
        at(path, node)
        for path in python_files("tests")
        if str(path) != "tests/clock.py" and path.parts[1] not in ("benchmarks", "hammer")
        for node in nodes(path)
        if (isinstance(node, ast.Call) and CLOCKS.search(dotted(node.func)))
        or (isinstance(node, ast.ImportFrom) and _takes_now(node))
        or (isinstance(node, ast.Call) and ast.unparse(node.func) == "clock.now")
    ]
    assert not found


def test_only_edges_ask_the_clock() -> None:
    """One request, job or command happens at one instant: who asks twice gets two."""
    found = [
        at(path, node)
        for path in python_files("portal")
        if not str(path).startswith(MAY_ASK_THE_TIME)
        for node in nodes(path)
        if (isinstance(node, ast.ImportFrom) and _takes_now(node))
        or (isinstance(node, ast.Attribute) and ast.unparse(node) == "clock.now")
    ]
    assert not found


def _takes_now(node: ast.ImportFrom) -> bool:
    return (node.module or "").split(".")[-1] == "clock" and any(name.name == "now" for name in node.names)


HANDED_THE_DATABASE = {
    "app_messages/background.": "threads that wake the worker of the messages",
    "app_messages/outbox.": "hands the database on to whoever keeps the app's token",
    "app_messages/tokens.": "a token is asked for between two transactions, by one process for all",
    "faces/index.use_index": "says once, at the start, where faces are looked for",
    "messages/background_sender.": "threads that wake the worker of the messages",
    "messages/reports.": "asks the provider outside its transactions, a text at a time",
    "notifications/background.": "threads that wake the workers of events and messages",
    "partner_api/counting.": "a thread writes down the calls that its process has counted",
    "robots/background.": "threads that wake the workers of events and messages",
    "webhooks/background.": "a thread that wakes the worker",
    "index_key/": "a command's: some rows a transaction, beside everybody's work",
    "keys/rotation.": "a command's: some rows a transaction, for hours, beside everybody's work",
    "storage/checks.": "reads a portion of the stored files, which may take long, between the worker's transactions",
}
"""The beginning of a function's name → why a service that is no worker opens transactions."""


def test_only_workers_open_transactions() -> None:
    """What is handed the database and not a session is a domain's `worker`; a job calls its `run_due`."""
    services = Path("portal/services")
    workers = {path for path in python_files("portal") if path.is_relative_to(services) and path.stem == "worker"}
    found = [
        f"{path.relative_to(services).with_suffix('')}.{function.name}"
        for path in python_files("portal")
        if path.is_relative_to(services) and path not in workers
        for function in functions(path)
        if any(one.annotation is not None and ast.unparse(one.annotation) == "Database" for one in _arguments(function))
    ]
    assert not [name for name in found if not name.startswith(tuple(HANDED_THE_DATABASE))]
    assert not [reason for reason in HANDED_THE_DATABASE if not any(name.startswith(reason) for name in found)]
    assert not [path for path in workers if not any(one.name == "run_due" for one in functions(path))]


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def test_no_float_in_commissions() -> None:
    """Money is a whole number of fen: 0.1 + 0.2 is not 0.3."""
    found = [at(path, node) for path in python_files("commissions") for node in nodes(path) if _floats(node)]
    assert not found


def test_no_float_beside_money_anywhere() -> None:
    """In one statement with a name in fen or basis points there is no float and no true division."""
    found = [
        at(path, node)
        for path in python_files(*PRODUCT)
        for statement in _simple_statements(path)
        if _speaks_of_money(statement)
        for node in ast.walk(statement)
        if _floats(node)
    ]
    assert not found


def _simple_statements(path: Path) -> Iterator[ast.AST]:
    kinds = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr)
    return (node for node in nodes(path) if isinstance(node, kinds))


def _speaks_of_money(statement: ast.AST) -> bool:
    names = (getattr(node, "id", getattr(node, "attr", "")) for node in ast.walk(statement))
    return any(str(name).endswith(("_fen", "_bps")) for name in names)


def _floats(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        return isinstance(node.op, ast.Div) and "Decimal" not in ast.unparse(node)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return isinstance(node, ast.Name) and node.id == "float"


def test_one_room_writes_files_for_spreadsheets() -> None:
    """A cell's text can come from anybody; `adapters.spreadsheets` alone knows how it stays a text."""
    writes = re.compile(r"(^|\.)(csv\.(writer|DictWriter)|Workbook)$")
    found = [
        at(path, call)
        for path in python_files(*PRODUCT)
        for name, call in calls(path)
        if writes.search(name) and str(path) != "portal/adapters/sheets/spreadsheets.py"
    ]
    assert not found


def test_files_and_functions_stay_readable() -> None:
    """A file of 400 lines and a function of 50 are the most that one can keep in mind."""
    long = {str(p): n for p in python_files(*PRODUCT, "tests") if (n := _lines(p)) > LONGEST_FILE}
    long |= {
        f"{path}::{function.name}": length
        for path in python_files(*PRODUCT, "tests")
        for function in functions(path)
        if (length := _length(function)) > LONGEST_FUNCTION
    }
    assert not {name: n for name, n in long.items() if not name.startswith(tuple(LONG_FOR_A_REASON))}


def _lines(path: Path) -> int:
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def test_every_module_says_why_it_exists() -> None:
    found = [str(path) for path in python_files(*PRODUCT, "tests") if not ast.get_docstring(tree(path))]
    assert not found


def test_nothing_is_swallowed() -> None:
    """`except …: pass` hides the day on which something breaks. Where nothing is to be done, say why there."""
    found = [
        at(path, node)
        for path in python_files(*PRODUCT)
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler) and isinstance(node.body[0], ast.Pass) and not _explained(path, node)
    ]
    assert not found


def _explained(path: Path, node: ast.ExceptHandler) -> bool:
    attempt = node.parent  # type: ignore[attr-defined]
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return any("#" in line for line in lines[attempt.lineno - 1 : node.body[0].end_lineno])


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [str(path) for path in python_files(*PRODUCT) if later.search((ROOT / path).read_text("utf-8"))]
    assert not found


def test_no_registry_is_named() -> None:
    """Where packages come from is the machine's business: a host in a lock breaks every other machine."""
    found = [str(path) for path in committed() if REGISTRY.search(_text(path))]
    assert not found


def _text(path: Path) -> str:
    return (ROOT / path).read_bytes().decode("utf-8", errors="ignore")


def test_every_skipped_test_has_a_reason() -> None:
    found = [
        at(path, node)
        for path in python_files("tests")
        for node in nodes(path)
        if isinstance(node, ast.Call | ast.Attribute) and _is_bare_skip(node)
    ]
    assert not found


def _is_bare_skip(node: ast.Call | ast.Attribute) -> bool:
    if isinstance(node, ast.Call):
        mark = dotted(node.func).startswith("pytest.mark.skip")
        return mark and not any(word.arg == "reason" for word in node.keywords)
    called = isinstance(getattr(node, "parent", None), ast.Call)
    return dotted(node) in {"pytest.mark.skip", "pytest.mark.skipif"} and not called


@pytest.mark.parametrize("missing", ["flask", "sqlalchemy"])
def test_the_money_rules_load_without(missing: str) -> None:
    """Their tests are collected where Flask and SQLAlchemy are not installed: pure means pure."""
    program = (
        f"import sys; sys.modules[{missing!r}] = None; import pytest;"
        "sys.exit(pytest.main(['--noconftest', '--collect-only', '-qq', '-p', 'no:cacheprovider',"
        "'tests/unit/commissions', 'tests/unit/referral']))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_services_are_called_with_their_instant() -> None:
    """A verb of a service that stores something is told when it happens: `now` has no default."""
    found = [
        f"{path}::{function.name}"
        for path in python_files("portal")
        if path.parts[1] in ("services", "rules")
        for function in functions(path)
        for argument, default in _defaults(function)
        if argument == "now" and default is not None
    ]
    assert not found


def _defaults(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, ast.expr | None]]:
    positional = [*function.args.posonlyargs, *function.args.args]
    missing = [None] * (len(positional) - len(function.args.defaults))
    yield from zip((one.arg for one in positional), [*missing, *function.args.defaults], strict=True)
    yield from zip((one.arg for one in function.args.kwonlyargs), function.args.kw_defaults, strict=True)


def test_files_are_named_in_one_place() -> None:
    """A header written by hand holds a Chinese name as it is, and a real server answers that with 500."""
    web = Path("portal/web")  # a poster is named by its code
    allowed = {web / "posters" / "drawing.py", web / "files" / "downloads.py"}
    by_hand = [
        f"{path}:{node.lineno}"
        for path in python_files("portal")
        if path not in allowed
        for node in nodes(path)
        if isinstance(node, ast.Constant) and node.value == "Content-Disposition"
    ]
    assert not by_hand, "\n".join(by_hand)
