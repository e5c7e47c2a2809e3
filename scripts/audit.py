"""Ask the public databases for known weaknesses of what is pinned, and say plainly what was, and was not, found out.

    make audit

0: both answered, and know of none. 1: they know of some. 3: one of them did not answer, so that nothing is known of its
half; a network without a way to them is the usual cause.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PYTHON = (
    *(".audit/bin/pip-audit", "--strict", "--require-hashes", "--disable-pip", "--progress-spinner", "off"),
    *("--format", "json", "-r", "requirements.lock"),
)
SCRIPTS = ("npm", "audit", "--omit=dev", "--package-lock-only", "--json")
FOUND, UNANSWERED = 1, 3


def weak_packages(said: str) -> list[str] | None:
    """What pip-audit found, a line each; None where it was not answered."""
    read = _read(said)
    if read is None or "dependencies" not in read:
        return None
    return [
        f"{one['name']} {one['version']}: {', '.join(vuln['id'] for vuln in one['vulns'])}"
        for one in read["dependencies"]
        if one.get("vulns")
    ]


def weak_scripts(said: str) -> list[str] | None:
    """What npm found, a line each; None where it was not answered."""
    read = _read(said)
    if read is None or "error" in read or "vulnerabilities" not in read:
        return None
    return [f"{name}: {one['severity']}" for name, one in sorted(read["vulnerabilities"].items())]


def report(found: Mapping[str, list[str] | None]) -> tuple[list[str], int]:
    """What is said of each half, and how the command ends."""
    lines = []
    for what, weak in found.items():
        if weak is None:
            lines.append(f"{what}: the database did not answer. Nothing was found out; ask again where it is reached.")
        elif weak:
            lines += [f"{what}: {len(weak)} with known weaknesses", *(f"  {one}" for one in weak)]
        else:
            lines.append(f"{what}: no known weakness")
    if any(found.values()):
        return lines, FOUND
    return lines, UNANSWERED if None in found.values() else 0


def _read(said: str) -> dict[str, Any] | None:
    try:
        read = json.loads(said)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def _asked(command: tuple[str, ...]) -> str:
    """What a command says on its output; its complaints pass through to the reader."""
    try:
        return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False, env=os.environ).stdout
    except OSError as error:
        print(error, file=sys.stderr)
        return ""


if __name__ == "__main__":
    told, status = report({
        "Python packages": weak_packages(_asked(PYTHON)),
        "browser scripts": weak_scripts(_asked(SCRIPTS)),
    })  # fmt: skip
    print("\n".join(told))
    sys.exit(status)
