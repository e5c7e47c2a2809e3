"""How the templates are written."""

from pathlib import Path

from tests.house.source import ROOT

_LONGEST = 140


def _templates() -> list[Path]:
    return sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))


def test_no_line_of_a_template_is_too_long() -> None:
    """What is long breaks where whitespace does not show: inside a tag, an expression, or at `{%-` and `{{-`; never in
    running text, where Chinese would show a gap. A text breaks as in Python: two strings side by side are one."""
    long = [
        f"{path.relative_to(ROOT)}:{number}: {len(line)} characters"
        for path in _templates()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > _LONGEST
    ]
    assert not long, "\n".join(long)
