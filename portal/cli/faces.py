"""`portal faces`: look at what the engine sees, set its thresholds by measurement, and change it."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NoReturn, TypeVar

import click

from commissions.refusal import Refusal
from portal.adapters.faces import ENGINES, load_engine
from portal.adapters.faces.calibration import (
    CROWDS,
    BadPairs,
    Meant,
    Report,
    Row,
    calibrate,
    read_pairs,
    read_photo,
)
from portal.adapters.faces.engine import Engine, EngineUnavailable, Face, Quality, Template, similarity
from portal.adapters.faces.people import foreground
from portal.adapters.faces.quality import failures
from portal.adapters.storage.bucket import open_files
from portal.adapters.storage.files import Files
from portal.cli.opening import opened
from portal.config import Config
from portal.db import Database
from portal.models import Person
from portal.services.faces import reenrolment
from portal.services.faces import vectors as face_vectors
from portal.services.faces.reenrolment import Outdated

T = TypeVar("T")

_engine_option = click.option(
    "--engine", "engine_name", type=click.Choice(sorted(ENGINES)), default="sface", show_default=True
)
_models_option = click.option(
    "--models",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with the engine's model files, instead of the packages'.",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
_photo = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def faces() -> None:
    """Compare photos, calibrate thresholds on photos of your own, change the engine."""


@faces.command()
@click.argument("a", type=_photo)
@click.argument("b", type=_photo)
@_json_option
@_engine_option
@_models_option
def compare(a: Path, b: Path, as_json: bool, engine_name: str, models: Path | None) -> None:
    """Show the faces of photos A and B, their quality, and how alike the largest two are.

    Exits with 1 when a photo has no face, so that nothing can be compared.
    """
    engine = _engine(engine_name, models)
    found = {str(path): foreground(_analyse(engine, path)) for path in (a, b)}
    largest = [Template.of(engine, people[0]) for people in (found[str(a)], found[str(b)]) if people]
    likeness = similarity(*largest) if len(largest) == 2 else None
    if as_json:
        photos = [{"photo": path, "faces": [_facts(face) for face in people]} for path, people in found.items()]
        same = None if likeness is None else likeness >= engine.thresholds.same
        _print_json({"engine": engine.name, "photos": photos, "similarity": likeness, "same": same})
    else:
        _print_comparison(engine, found, likeness)
    sys.exit(0 if likeness is not None else 1)


@faces.command("calibrate")
@click.argument("pairs_csv", metavar="PAIRS.csv", type=_photo)
@click.option(
    "--face",
    "meant",
    type=click.Choice([one.value for one in Meant]),
    default=Meant.LARGEST.value,
    show_default=True,
    help="Which face of a photo with several is meant; in collections such as LFW the one in the centre.",
)
@_json_option
@_engine_option
@_models_option
def calibrate_command(pairs_csv: Path, meant: str, as_json: bool, engine_name: str, models: Path | None) -> None:
    """Measure the engine on labelled PAIRS.csv (columns photo_a, photo_b, same; paths relative to the file).

    Prints, for each threshold, the accuracy, false accepts and rejects, and the chance that a stranger raises
    an alarm among N stored persons; and the best accuracy that any threshold reaches. A missing or faceless photo is
    reported and counts as a non-match; so are photos with several faces, of which one is taken.
    """
    try:
        with pairs_csv.open(encoding="utf-8-sig", newline="") as file:
            pairs = read_pairs(file, pairs_csv.parent)
    except (BadPairs, UnicodeDecodeError, csv.Error) as error:
        _fail(f"{pairs_csv.name}: {error}")
    engine = _engine(engine_name, models)
    report = calibrate(engine, pairs, watch=_with_progress, meant=Meant(meant))
    if as_json:
        _print_json(_report_facts(report))
    else:
        _print_report(report)


@faces.command()
@click.option(
    "--engine", "engine_name", type=click.Choice(sorted(ENGINES)), help="The new engine.  [default: PORTAL_FACE_ENGINE]"
)
@click.option("--dry-run", is_flag=True, help="Look at every photo, and change nothing.")
def reenrol(engine_name: str | None, dry_run: bool) -> None:
    """Make clients' faces anew from their kept photos, after a change of the engine.

    Run it as often as you like: what was done is not done again. The former engine must still be installed: it says
    which of a photo's faces is meant. Of brokers no photo is kept, so they are named, to be asked to enrol again.
    Exits with 1 when a face could not be made anew.
    """
    config = Config.from_env()
    engine = _engine(engine_name or config.face_engine, config.face_folder)
    with opened(config) as database:
        report = _reenrol(database, open_files(config, database.vault), engine, config.face_folder, dry_run=dry_run)
    done = "could be made anew" if dry_run else "made anew"
    click.echo(f"{engine.name} {engine.version}: {report.renewed} faces {done}, {report.left} not.")
    for why, count in sorted(report.why.items()):
        click.echo(f"  {count}: {why}", err=True)
    if report.people:
        click.echo(f"To be asked to enrol again: {', '.join(person.name for person in report.people)}")
    sys.exit(1 if report.left else 0)


@faces.command("index")
@click.option("--remove", is_flag=True, help="Delete the index and every vector in it.")
def index_command(remove: bool) -> None:
    """Make pgvector's index of faces in PostgreSQL, for PORTAL_FACE_INDEX=pgvector.

    Run it as often as you like: what is there stays, what is missing is added. The vectors lie in the database in
    plain (docs/security.md); the portal may go on running meanwhile.
    """
    config = Config.from_env()
    with opened(config) as database:
        with database.transaction() as session:
            face_vectors.remove(session) if remove else face_vectors.prepare(session)
        added = 0 if remove else _fill(database)
    click.echo("The index is removed." if remove else f"The index is complete; {added} faces were added.")


def _fill(database: Database) -> int:
    """Batch by batch, so that nobody waits long for a face that is being added."""
    added = 0
    while True:
        with database.transaction() as session:
            batch = face_vectors.fill(session)
            if not batch:
                face_vectors.analyse(session)
                return added
        added += batch
        click.echo(f"{added} faces", err=True)


@dataclass
class _Reenrolled:
    people: list[Person]
    renewed: int = 0
    why: Counter[str] = field(default_factory=Counter)

    @property
    def left(self) -> int:
        return self.why.total()


def _reenrol(database: Database, files: Files, engine: Engine, folder: Path | None, *, dry_run: bool) -> _Reenrolled:
    with database.reading() as session:
        waiting = reenrolment.outdated(session, engine)
        report = _Reenrolled(reenrolment.people_to_ask(session, engine))
    formers: dict[tuple[str, str], Engine | None] = {}
    for face in _with_progress(waiting, "Faces"):
        made_by = (face.template.engine, face.template.version)
        if made_by not in formers:
            formers[made_by] = _former(*made_by, folder)
        former = formers[made_by]
        found = reenrolment.find_again(files, engine, former, face) if former else None
        if found is None:
            report.why[_why_not(face, former)] += 1
        elif dry_run:
            report.renewed += 1
        else:
            with database.transaction() as session:
                report.renewed += reenrolment.renew(session, database.now(), engine, face, found)
    return report


def _former(name: str, version: str, folder: Path | None) -> Engine | None:
    """The engine that made a template, if it is still here in that version."""
    try:
        engine = load_engine(name, folder)
    except EngineUnavailable:
        return None
    return engine if engine.version == version else None


def _why_not(face: Outdated, former: Engine | None) -> str:
    if former is None:
        return f"made by {face.template.engine} {face.template.version}, which is not installed"
    return "not found in its photo again" if face.files else "no photo is kept"


def _engine(name: str, folder: Path | None) -> Engine:
    try:
        return load_engine(name, folder)
    except EngineUnavailable as error:
        _fail(str(error))


def _analyse(engine: Engine, path: Path) -> list[Face]:
    try:
        return engine.analyse(read_photo(path).rgb)
    except Refusal as refusal:
        _fail(f"{path}: {refusal.code}")


def _fail(message: str) -> NoReturn:
    """One line on standard error, exit 2: what was given cannot be used."""
    click.echo(message, err=True)
    sys.exit(2)


def _with_progress(items: Sequence[T], label: str = "Photos") -> Iterator[T]:
    with click.progressbar(items, label=label, file=sys.stderr) as bar:
        yield from bar


def _print_json(facts: object) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=2))


def _facts(face: Face) -> dict[str, object]:
    return {"box": asdict(face.box), "quality": asdict(face.quality), "failed": failures(face.quality)}


def _print_comparison(engine: Engine, found: dict[str, list[Face]], likeness: float | None) -> None:
    for path, people in found.items():
        click.echo(f"{path}: {len(people)} face(s) in front")
        for face in people:
            box, failed = face.box, ", ".join(failures(face.quality)) or "good"
            place = f"{box.width:.0f}×{box.height:.0f} at {box.left:.0f},{box.top:.0f}"
            click.echo(f"  {place}  score {face.score:.2f}  quality: {failed}")
            click.echo(f"    {_measures(face.quality)}")
    if likeness is None:
        click.echo("Nothing to compare: a photo shows no face.")
        return
    limits = engine.thresholds
    if likeness >= limits.same:
        meaning = "the same person"
    else:
        meaning = "a person must decide" if likeness >= limits.doubtful else "different people"
    click.echo(f"similarity {likeness:.3f} ({engine.name}, same from {limits.same}): {meaning}")


def _measures(quality: Quality) -> str:
    light = f"light {quality.mean:.0f}, contrast {quality.std:.0f}, sharpness {quality.blur:.0f}"
    return f"{light}, eyes {quality.eye_distance_px:.0f} px apart, nose offset {quality.nose_offset:+.2f}"


def _report_facts(report: Report) -> dict[str, object]:
    facts = asdict(report)
    facts["several"] = [str(photo) for photo in report.several]
    facts["problems"] = [{"photo": str(problem.photo), "why": problem.why} for problem in report.problems]
    for row in (facts["best"], *facts["rows"]):
        row["alarms"] = {str(crowd): chance for crowd, chance in zip(CROWDS, row["alarms"], strict=True)}
    return facts


def _print_report(report: Report) -> None:
    pairs = f"{report.pairs_same} pairs of one person, {report.pairs_different} of two"
    click.echo(f"{report.engine} {report.version}: {pairs}")
    click.echo(f"accuracy {report.best.accuracy:.2%} at {report.best.threshold:.4f}, the best of all thresholds\n")
    crowds = "".join(f"{'among ' + format(crowd, ','):>14}" for crowd in CROWDS)
    click.echo(f"threshold  accuracy  false accepts   false rejects  {crowds}")
    for row in report.rows:
        click.echo(_line(row))
    if report.pairs_different:
        # The rule of three: what nought out of n still leaves possible, at 95 % confidence.
        possible = min(1.0, 3 / report.pairs_different)
        click.echo(f"\nNo false accept in {report.pairs_different} pairs still allows up to {possible:.2%}.")
    for problem in report.problems:
        click.echo(f"{problem.photo}: {problem.why}, counted as a non-match", err=True)
    for photo in report.several:
        click.echo(f"{photo}: several faces, one was taken (--face)", err=True)


def _line(row: Row) -> str:
    accepts = f"{row.false_accepts} ({row.false_accept_rate:.2%})"
    rejects = f"{row.false_rejects} ({row.false_reject_rate:.2%})"
    alarms = "".join(f"{chance:>14.1%}" for chance in row.alarms)
    return f"{row.threshold:>9.3f}  {row.accuracy:>8.2%}  {accepts:>13}  {rejects:>14}  {alarms}"
