"""`portal poster` draws one referrer's poster; `portal designs` lists the designs, and what is wrong with own ones."""

import sys
from dataclasses import replace
from pathlib import Path

import click

from commissions.refusal import Refusal
from referral.drawing.typefaces import lacking
from referral.posters.design_file import LANGUAGES

from .. import clock
from ..adapters.storage.bucket import open_files
from ..config import Config
from ..services.posters import offers, posters
from ..services.posters.posters import DESIGN, PosterChoices, PosterSettings
from ..services.referral import referrers, vanity_codes
from .opening import opened


@click.command()
@click.argument("code")
@click.option("--design", default=DESIGN, show_default=True, help="One of `portal designs`.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="zh", show_default=True, help="The poster's language.")
@click.option("--name", default="", help="The name on it; empty: the referrer's own.")
@click.option("--title", default="", help="What stands under the name.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A file .png, .jpg or .pdf (A4 only)."
)
def poster(code: str, design: str, lang: str, name: str, title: str, out: Path) -> None:
    """Draw the poster of the referrer with CODE into a file."""
    kind = out.suffix.lower().removeprefix(".")
    if kind not in ("png", "jpg", "pdf"):
        raise click.BadParameter("it must end in .png, .jpg or .pdf", param_hint="--out")
    config = Config.from_env()
    with opened(config) as database, database.reading() as session:
        referrer = referrers.by_code(session, code)
        if referrer.revoked_at is not None:
            raise Refusal("code_revoked")
        look = posters.look_of(session, referrer.development)
        choices = PosterChoices(design=design, lang=lang, name=name, title=title)
        settings, kept = PosterSettings.of(config).stocked(session), open_files(config, database.vault)
        offer = offers.of(session, clock.now(), referrer, lang)
        wanted = posters.spec_of(settings, kept, referrer, look, choices, offer)
        chosen = vanity_codes.of(session, referrer.id)
        wanted = replace(wanted, own_code=chosen.code if chosen else "")
        content = posters.pdf(wanted, clock.now()) if kind == "pdf" else _picture(wanted, kind)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise click.FileError(str(out), error.strerror) from error
    if signs := lacking(name + title):
        click.echo(f"The typeface has no {signs}: left out, or written plainly.", err=True)
    click.echo(f"{out}: {len(content):,} bytes, leads to {wanted.url}")


@click.command()
def designs() -> None:
    """List the designs of posters. Exits with 1 when a file of your own folder is broken, and says where."""
    settings = PosterSettings.of(Config.from_env())
    catalogue = settings.catalogue
    for name, design in catalogue.designs.items():
        width, height = design.size
        click.echo(f"{name:<20} {design.page:<6} {width}×{height}  {design.titles['zh']} / {design.titles['en']}")
    for file, why in catalogue.broken.items():
        click.echo(f"{settings.folder / file}: {why}", err=True)
    sys.exit(1 if catalogue.broken else 0)


def _picture(wanted: posters.PosterSpec, kind: str) -> bytes:
    return posters.png(wanted) if kind == "png" else posters.preview(wanted)
