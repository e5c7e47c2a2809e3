"""The tables and pictures in the documentation that are made from the code, so that they cannot say something else.

    .venv/bin/python -m scripts.doc_tables      writes each table between its two comments

`make tables` does the same, and a test fails while a table is out of date.
"""

import ast
import inspect
import re
from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from textwrap import fill

from portal import config
from portal.access.policy import ALLOWED
from portal.config import SECRETS, Config
from portal.models import APPEND_ONLY, Role
from portal.services.reporting.views import VIEWS
from scripts.doc_pictures import domains, floors

ROOT = Path(__file__).parents[1]


def settings() -> str:
    """Every setting with its default and its meaning, from the fields of `Config` and the words below them."""
    meanings = _meanings(ast.parse(inspect.getsource(config)))
    rows = [(f"`PORTAL_{field.name.upper()}`", _default(field.name), meanings[field.name]) for field in fields(Config)]
    return _table(("setting", "default", "meaning"), rows)


def permissions() -> str:
    """Every permission and the roles that have it."""
    rows = [(_words(permission.name), _who(roles)) for permission, roles in ALLOWED.items()]
    return _table(("may", "who"), rows)


def append_only() -> str:
    """The tables that the database itself lets only grow."""
    return f"\n{fill(', '.join(f'`{table}`' for table in APPEND_ONLY), 118)}\n"


def reporting() -> str:
    """The columns of each reporting view, in their order, with what each holds."""
    rows = [
        (f"`{view.name}`", ", ".join(f"`{one.name}` {one.kind.name.lower()}" for one in view.columns)) for view in VIEWS
    ]
    return _table(("view", "columns, in this order"), rows)


TABLES: dict[tuple[str, str], Callable[[], str]] = {
    ("README.md", "settings"): settings,
    ("docs/security.md", "permissions"): permissions,
    ("docs/security.md", "append-only"): append_only,
    ("docs/reporting.md", "reporting"): reporting,
    ("docs/architecture.md", "floors"): floors,
    ("docs/architecture.md", "domains"): domains,
}
"""By file and the name in its comments."""


def with_table(text: str, name: str, table: str) -> str:
    """The text with this table between `<!-- name -->` and `<!-- /name -->`. Raises ValueError without them."""
    found = re.search(f"<!-- {name} -->(.*?)<!-- /{name} -->", text, re.DOTALL)
    if found is None:
        raise ValueError(f"there is no <!-- {name} --> … <!-- /{name} -->")
    return text[: found.start(1)] + table + text[found.end(1) :]


def _meanings(module: ast.Module) -> dict[str, str]:
    """The text that stands below each field of the class `Config`."""
    (body,) = (node.body for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Config")
    return {
        field.target.id: str(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
    }


def _default(name: str) -> str:
    if name in SECRETS:
        return "none in production"
    value = next(field.default for field in fields(Config) if field.name == name)
    return f"`{value}`" if str(value) else "empty"


def _who(roles: frozenset[Role]) -> str:
    return "everybody" if roles == frozenset(Role) else ", ".join(_words(role) for role in Role if role in roles)


def _words(code: str) -> str:
    return code.lower().replace("_", " ")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n" + "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def main() -> None:
    """Write every table into its file."""
    for (name, mark), table in TABLES.items():
        path = ROOT / name
        path.write_text(with_table(path.read_text(encoding="utf-8"), mark, table()), encoding="utf-8")


if __name__ == "__main__":
    main()
