"""`portal bank`: a stand-in for the bank, so that the way of the money can be rehearsed without one."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from commissions.refusal import Refusal

from ..adapters.bank import answer as answer_of
from ..adapters.bank import read_payments

_NO_REASON = "refused by the rehearsed bank"


@click.group()
def bank() -> None:
    """Rehearse the bank: answer its files without sending money."""


@bank.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--fail", "failing", multiple=True, metavar="REF[=WHY]", help="A payment that fails; may be repeated.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write here, not to standard output.")
def answer(file: Path, failing: tuple[str, ...], output: Path | None) -> None:
    """Turn an exported bank file (CSV) into the result file of a bank that pays everything else.

    The layout of both stands in docs/bank-files.md. Exits with 2 when FILE is no bank file or has no such reference.
    """
    reasons = {name: why or _NO_REASON for name, _, why in (one.partition("=") for one in failing)}
    try:
        payments = read_payments(file.read_bytes())
    except Refusal as refusal:
        _fail(f"{file.name}: {refusal}")
    unknown = reasons.keys() - {payment.reference for payment in payments}
    if unknown:
        _fail(f"{file.name} has no payment {', '.join(sorted(unknown))}")
    content = answer_of(payments, reasons)
    if output is None:
        click.echo(content, nl=False)
    else:
        output.write_bytes(content)


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(2)
