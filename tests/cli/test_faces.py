"""`portal faces reenrol`: after a change of the engine the clients' faces are made anew from their kept photos."""

from collections.abc import Callable
from datetime import datetime

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Select, select

from portal.adapters.faces import load_engine
from portal.adapters.faces.engine import Face, Template
from portal.adapters.images.photos import take_in
from portal.adapters.storage.files import FolderFiles
from portal.cli import main
from portal.config import Config, ConfigError
from portal.db import Database
from portal.models import FaceTemplate, Photo
from portal.services.faces.index import index_of, use_index
from tests.photos import jpeg, people
from tests.site import Site, shot

Portal = Callable[..., Result]


@pytest.fixture
def portal(database: Database, config: Config, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Portal:
    """Runs `portal faces …` on the test's database and files."""
    given = {"DATA_DIR": str(config.data_dir), "DATABASE_URL": database.url, "LOG_LEVEL": "WARNING", **secrets}
    for name, value in given.items():
        monkeypatch.setenv(f"PORTAL_{name.upper()}", value)
    return lambda *words: CliRunner().invoke(main, ("faces", *words))


@pytest.fixture
def client_id(database: Database, config: Config, now: datetime) -> int:
    """A client who was seen with his broker once, by the engine `sface`."""
    with database.transaction() as session:
        site = Site(session, now, FolderFiles(config.files_dir, database.vault))
        site.enrol()
        site.check_in(shot("obama", "biden"))
        return site.registration.client_id


def of(client_id: int) -> Select[FaceTemplate]:
    return select(FaceTemplate).where(FaceTemplate.client_id == client_id).order_by(FaceTemplate.id)


def looked_for(client: str) -> Face:
    image = take_in(jpeg(people(client)), max_bytes=10**7, max_pixels=10**7, max_side=1920).rgb
    return load_engine("dlib").analyse(image)[0]


def found(database: Database) -> list[int]:
    """Whom the engine `dlib` finds for the client's face."""
    engine = load_engine("dlib")
    with database.reading() as session:
        development = session.scalars(select(FaceTemplate.development_id).where(FaceTemplate.client_id.is_not(None)))
        alike = index_of(session).clients(engine, looked_for("biden").vector, development.first() or 0, without=0)
    return [one.owner for one in alike if one.similarity >= engine.thresholds.same]


def test_clients_are_found_by_the_new_engine_and_brokers_are_asked(
    portal: Portal, database: Database, client_id: int
) -> None:
    assert found(database) == []
    tried = portal("reenrol", "--engine", "dlib", "--dry-run")
    assert "1 faces could be made anew, 0 not" in tried.output
    assert found(database) == []

    done = portal("reenrol", "--engine", "dlib")
    assert (done.exit_code, "1 faces made anew, 0 not" in done.output) == (0, True), done.output
    assert "To be asked to enrol again: " in done.output
    assert found(database) == [client_id]
    with database.reading() as session:
        old, new = session.scalars(of(client_id)).all()
    assert (old.vector_sealed, new.engine, new.showing_id) == (None, "dlib", old.showing_id)

    again = portal("reenrol", "--engine", "dlib")
    assert "0 faces made anew, 0 not" in again.output


def test_a_face_without_its_photo_is_counted_and_left(
    portal: Portal, database: Database, config: Config, client_id: int
) -> None:
    with database.reading() as session:
        for photo in session.scalars(select(Photo)):
            FolderFiles(config.files_dir, database.vault).delete(photo.file_name)
    done = portal("reenrol", "--engine", "dlib")
    assert (done.exit_code, "0 faces made anew, 1 not" in done.output) == (1, True)
    assert found(database) == []


def test_a_former_engine_that_is_gone_cannot_say_who_is_meant(
    portal: Portal, database: Database, client_id: int
) -> None:
    with database.transaction() as session:
        old = session.scalars(of(client_id)).one()
        template = Template("sface", "2019", shot("biden").faces[0].vector)
        old.engine_version = template.version
        old.vector_sealed = database.vault.seal(template.to_bytes(), "face.template")
    done = portal("reenrol", "--engine", "dlib")
    assert done.exit_code == 1
    assert "made by sface 2019, which is not installed" in done.output


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_the_index_is_made_filled_and_removed(portal: Portal, database: Database, client_id: int) -> None:
    with pytest.raises(ConfigError, match="run `portal faces index`"):
        use_index(database, "pgvector")
    for added in (2, 0):  # the broker's face and the client's
        told = portal("index")
        assert (told.exit_code, f"complete; {added} faces were added" in told.output) == (0, True), told.output
    use_index(database, "pgvector")
    renewed = portal("reenrol", "--engine", "dlib")
    assert renewed.exit_code == 0, renewed.output
    assert found(database) == [client_id]
    assert portal("index", "--remove").output == "The index is removed.\n"
    with pytest.raises(ConfigError, match="no such index"):
        use_index(database, "pgvector")


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_sqlite_has_no_such_index(portal: Portal) -> None:
    told = portal("index")
    assert (told.exit_code, told.stderr.count("\n")) == (1, 1)
    assert "pgvector is an extension of PostgreSQL" in told.stderr
