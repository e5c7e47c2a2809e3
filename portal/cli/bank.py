"""`portal bank`: proves a bank file, and stands in for the bank, so that the way of the money can be rehearsed."""

import sys
from pathlib import Path
from typing import NoReturn

import click

from commissions.money import format_fen
from commissions.refusal import Refusal

from ..adapters.bank import answer as answer_of
from ..adapters.bank import read_file, read_payments

_NO_REASON = "refused by the rehearsed bank"


@click.group()
def bank() -> None:
    """Prove a bank file, or rehearse the bank: answer its files without sending money."""


@bank.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--digest", metavar="SHA256", help="The digest that the file's page shows.")
def verify(file: Path, digest: str | None) -> None:
    """Prove a bank file, CSV or XLSX: its control row, and its digest.

    Prints number, count, sum and digest on one line. Exits with 1 when the digest is another, with 2 when FILE is no
    bank file or its control row does not agree with its rows.
    """
    try:
        found = read_file(file.read_bytes())
    except Refusal as refusal:
        _fail(f"{file.name}: {_said(refusal)}")
    count, total = len(found.payments), format_fen(found.total_fen)
    click.echo(f"{found.number}: {count} payments, {total} yuan, sha256 {found.digest}")
    if digest is not None and digest.strip().lower() != found.digest:
        click.echo(f"{file.name} is another file: it should have sha256 {digest.strip().lower()}", err=True)
        sys.exit(1)


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
        _fail(f"{file.name}: {_said(refusal)}")
    unknown = reasons.keys() - {payment.reference for payment in payments}
    if unknown:
        _fail(f"{file.name} has no payment {', '.join(sorted(unknown))}")
    content = answer_of(payments, reasons)
    if output is None:
        click.echo(content, nl=False)
    else:
        output.write_bytes(content)


def _said(refusal: Refusal) -> str:
    """A refusal in the words of the pages."""
    from ..web.messages import say  # needs the web's words; only when a rule said no

    return say(refusal)


def _fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(2)
