"""Few, well chosen examples at every run, and many where there is time: `make nightly` sets PORTAL_NIGHTLY.

What every run proves is named by its tests; the night looks for what nobody thought of.
"""

import os
from typing import TypeVar

Case = TypeVar("Case")

NIGHTLY = os.environ.get("PORTAL_NIGHTLY", "") not in ("", "0")


def nightly(*cases: Case) -> tuple[Case, ...]:
    """Cases for the night alone."""
    return cases if NIGHTLY else ()


def examples(few: int, many: int) -> int:
    """How many examples a property tries: few at every run, many at night."""
    return many if NIGHTLY else few
