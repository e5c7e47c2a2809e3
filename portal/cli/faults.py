"""What a command says when something goes wrong: one line for whatever an operator can mend.

A fault of ours is no such thing: it ends with its trace, so that it can be found. What a wrong call is told stands
here; what else can fail is told by `failures`, which knows database, files and web, and is loaded when it is needed.
"""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

import click

REFUSED, WRONG_CALL = 1, 2


class Fault(NamedTuple):
    """The line on standard error, and the exit status."""

    line: str
    status: int


def fault_of(error: Exception) -> Fault | None:
    """What to say of an error; None for one that is ours."""
    if isinstance(error, click.UsageError):
        return Fault(_wrong_call(error), WRONG_CALL)
    if isinstance(error, click.ClickException):
        return Fault(_one_line(error.format_message()), error.exit_code)
    if isinstance(error, UnicodeEncodeError):
        return Fault("what was given is no text in UTF-8", WRONG_CALL)
    from .failures import said_of  # needs SQLAlchemy; only when something failed

    said = said_of(error)
    return None if said is None else Fault(_one_line(said), REFUSED)


def let_go_of_output() -> None:
    """What standard output could not take, such as on a full disk, is not tried again when the process ends."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _wrong_call(error: click.UsageError) -> str:
    message = _one_line(error.format_message())
    return message if error.ctx is None else f"{message} ({error.ctx.command_path} --help says more)"


def _one_line(text: str) -> str:
    """The first paragraph of it on one line: a database's words go on with hints and statements."""
    return " ".join(text.strip().split("\n\n")[0].split())
