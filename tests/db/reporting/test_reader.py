"""On PostgreSQL, signed in as `portal_reader`: each view can be read, and nothing else can be done."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from portal.cli import main
from portal.config import Config
from portal.db import Database
from portal.models.base import Base
from portal.services.reporting import reader, schema
from portal.services.reporting.views import VIEWS
from tests import factories as make

pytestmark = pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)

BEYOND = (
    "SELECT rolpassword FROM pg_authid",
    "SELECT passwd FROM pg_shadow",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/hostname')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SET ROLE portal",
    "SET session_replication_role = replica",
    "CREATE TABLE public.mine (id int)",
    "CREATE TABLE reporting.mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE VIEW reporting.agencies AS SELECT 'x' AS agency_id",
    "SELECT public.is_turned('a', 'b')",
    "DELETE FROM reporting.developments",
    "UPDATE reporting.developments SET city = 'x'",
)
"""What secrets the server has, and what would be a write."""


@pytest.fixture
def granted(database: Database, monkeypatch: pytest.MonkeyPatch, secrets: dict[str, str]) -> Iterator[Database]:
    """A portal of some rows, after `portal reporting grant`."""
    with database.transaction() as session:
        make.deal(session, touch=make.touch(session))
    for name, value in secrets.items():
        monkeypatch.setenv(f"PORTAL_{name.upper()}", value)
    monkeypatch.setenv("DATABASE_URL", database.url)
    for said in ("is made and reads", "reads"):
        done = CliRunner().invoke(main, ["reporting", "grant"])
        assert (done.exit_code, done.stderr) == (0, ""), done.output
        assert done.stdout.startswith(f"portal_reader {said} the views of the schema reporting.")
    yield database
    database.dispose()
    with database.transaction() as session:
        session.execute(text("GRANT TEMPORARY ON DATABASE " + str(make_url(database.url).database) + " TO PUBLIC"))
        session.execute(text("GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC"))
        session.execute(text("DROP OWNED BY portal_reader"))
        session.execute(text("DROP ROLE portal_reader"))


@pytest.fixture
def signed_in(granted: Database) -> Iterator[Connection]:
    """Signed in as the role itself."""
    engine = create_engine(make_url(granted.url).set(username=reader.ROLE), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_it_reads_the_views_and_nothing_else(signed_in: Connection) -> None:
    """Every table and sequence of the portal, every function and what secrets the server has; and no write, also where
    it says that it wants to write."""
    assert signed_in.scalar(text("SELECT count(*) FROM deals")) == 1  # of its own schema, without its name
    for view in VIEWS:
        signed_in.execute(text(f"SELECT * FROM reporting.{view.name}")).all()
    tables = [*Base.metadata.tables, "alembic_version"]
    tried = [f'SELECT 1 FROM public."{table}"' for table in tables]
    tried += [f"SELECT last_value FROM public.{name}" for name in _sequences(signed_in)]
    tried += [f"INSERT INTO reporting.{view.name} DEFAULT VALUES" for view in VIEWS]
    signed_in.execute(text("SET default_transaction_read_only = off"))
    for statement in (*tried, *BEYOND):
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner|must be superuser|cannot"):
            signed_in.execute(text(statement))
    assert len(tables) > 150
    assert len(_sequences(signed_in)) > 100
    assert signed_in.scalars(text(_OPEN_FUNCTIONS)).all() == []


_OPEN_FUNCTIONS = """
    SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND has_function_privilege(oid, 'EXECUTE')
"""


def _sequences(connection: Connection) -> list[str]:
    asked = "SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace"
    return list(connection.scalars(text(asked)))


def test_what_it_may_do_beside_is_said(granted: Database) -> None:
    """Somebody gave it more: the command says what, and ends with 1."""
    with granted.transaction() as session:
        session.execute(text("GRANT SELECT ON people TO portal_reader"))
        session.execute(text("GRANT CREATE ON SCHEMA public TO portal_reader"))
    done = CliRunner().invoke(main, ["reporting", "grant"])
    assert (done.exit_code, done.stderr) == (
        1,
        "Error: and it may do more than that: public.people, schema public (CREATE)\n",
    )


def test_a_migration_gives_the_views_back_to_it(granted: Database) -> None:
    with granted.engine.begin() as connection:
        schema.take_down(connection)
        schema.put_up(connection)
        assert connection.scalar(text("SELECT has_table_privilege('portal_reader', 'reporting.deals', 'SELECT')"))


def test_who_may_make_no_role_is_told_what_to_ask_for(database: Database, config: Config) -> None:
    """Nor a schema: then there are no views, and the migration goes on."""
    with database.engine.connect() as connection, connection.begin() as undone:
        connection.execute(text("CREATE ROLE poor"))
        schema.take_down(connection)
        connection.execute(text("DROP SCHEMA reporting"))
        connection.execute(text("SET LOCAL ROLE poor"))
        schema.put_up(connection)
        assert connection.scalar(text("SELECT to_regnamespace('reporting')")) is None
        with pytest.raises(reader.MayNotMakeRoles):
            reader.make(connection)
        undone.rollback()
