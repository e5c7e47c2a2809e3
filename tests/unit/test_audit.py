"""`make audit` says what it found out, and does not call silence a clean bill."""

import json

import pytest

from scripts import audit

CLEAN = {"dependencies": [{"name": "flask", "version": "3.1.2", "vulns": []}], "fixes": []}
WEAK = {"dependencies": [{"name": "flask", "version": "0.1", "vulns": [{"id": "PYSEC-1"}, {"id": "CVE-2"}]}]}
NPM_CLEAN = {"auditReportVersion": 2, "vulnerabilities": {}}
NPM_WEAK = {"auditReportVersion": 2, "vulnerabilities": {"htmx.org": {"severity": "high"}}}
NPM_AWAY = {"error": {"code": "ENOAUDIT", "summary": "not there"}}


@pytest.mark.parametrize(
    ("python", "scripts", "status", "words"),
    [
        (CLEAN, NPM_CLEAN, 0, "no known weakness"),
        (WEAK, NPM_CLEAN, 1, "flask 0.1: PYSEC-1, CVE-2"),
        (CLEAN, NPM_WEAK, 1, "htmx.org: high"),
        ("", NPM_CLEAN, 3, "did not answer"),
        (CLEAN, NPM_AWAY, 3, "did not answer"),
        (WEAK, NPM_AWAY, 1, "did not answer"),
        ("[]", "<html>", 3, "did not answer"),
    ],
)
def test_what_is_said_and_how_it_ends(python: object, scripts: object, status: int, words: str) -> None:
    said = [one if isinstance(one, str) else json.dumps(one) for one in (python, scripts)]
    lines, ends = audit.report({
        "Python packages": audit.weak_packages(said[0]), "browser scripts": audit.weak_scripts(said[1]),
    })  # fmt: skip
    assert ends == status
    assert words in "\n".join(lines)


def test_a_tool_that_is_not_there_is_no_answer() -> None:
    assert audit.weak_packages(audit._asked(("no-such-tool-anywhere",))) is None
