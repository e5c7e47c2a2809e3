"""Loading thousands of modules without Python looking through them for garbage over and over.

What a module makes stays to the end, and each full look takes as long as all that has been loaded so far is large: a
third of the start of a process went into it (ADR 118).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Inside, nobody looks for garbage; afterwards as it was before."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
