"""Faces in PostgreSQL's own memory: pgvector compares, exactly, instead of every process of ours.

`portal faces index` makes the schema `face_index`. It is no part of the portal's own schema and of no backup: its
vectors are derived from the sealed templates, and can be made anew at any time. The database itself follows
`face_templates` by a trigger: whoever stores a face enters it in the same transaction, whoever erases one deletes its
vector with it. A face that was entered without its vector, since the database cannot open a seal, is waiting: each
search compares it here, so that it is slower and never missed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.exc import NotSupportedError, ProgrammingError

from ...adapters.faces.engine import Engine, Template, Vector, similarity
from ...adapters.faces.index import Likeness
from ...config import ConfigError
from ...models import FaceTemplate
from ...session import Session
from .encryption import open_template

_ENROLLED = 0
"""In the place of a development: brokers and staff belong to none."""

_SCHEMA = (
    "CREATE SCHEMA IF NOT EXISTS face_index",
    """
    CREATE TABLE IF NOT EXISTS face_index.vectors (
        template_id bigint PRIMARY KEY REFERENCES face_templates ON DELETE CASCADE,
        development_id bigint NOT NULL,
        owner_id bigint NOT NULL,
        engine text NOT NULL,
        engine_version text NOT NULL,
        vector vector
    )
    """,
    "CREATE INDEX IF NOT EXISTS vectors_here ON face_index.vectors (development_id, engine, engine_version)",
    "CREATE INDEX IF NOT EXISTS vectors_waiting ON face_index.vectors (template_id) WHERE vector IS NULL",
    """
    CREATE OR REPLACE FUNCTION face_index.follow() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM face_index.vectors WHERE template_id = NEW.id;
        IF NEW.vector_sealed IS NOT NULL THEN
            INSERT INTO face_index.vectors VALUES (
                NEW.id, coalesce(NEW.development_id, 0), coalesce(NEW.person_id, NEW.client_id),
                NEW.engine, NEW.engine_version, NULL
            );
        END IF;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER face_templates_index
    AFTER INSERT OR UPDATE OF vector_sealed, engine, engine_version, development_id, person_id, client_id
    ON face_templates FOR EACH ROW EXECUTE FUNCTION face_index.follow()
    """,
)
"""Making the trigger waits for whoever stores a face at the moment, so that what comes after it sees all of them."""

_ENTER_ALL = """
INSERT INTO face_index.vectors
SELECT id, coalesce(development_id, 0), coalesce(person_id, client_id), engine, engine_version, NULL
FROM face_templates WHERE vector_sealed IS NOT NULL ON CONFLICT DO NOTHING
"""
_WAITING = """
SELECT template_id, vector_sealed FROM face_index.vectors JOIN face_templates ON id = template_id
WHERE vector IS NULL ORDER BY template_id LIMIT :many FOR UPDATE OF vectors SKIP LOCKED
"""
_KEEP = "UPDATE face_index.vectors SET vector = CAST(:vector AS vector) WHERE template_id = :template"
_NOT_ENTERED = """
SELECT count(*) FROM face_templates
WHERE vector_sealed IS NOT NULL AND NOT EXISTS (SELECT FROM face_index.vectors WHERE template_id = id)
"""
_WAITING_HERE = """
SELECT owner_id, vector_sealed FROM face_index.vectors v JOIN face_templates ON id = template_id
WHERE v.development_id = :development AND v.engine = :engine AND v.engine_version = :version AND owner_id <> :without
AND vector IS NULL
"""
_NEAREST = """
SELECT owner_id, max(likeness) AS best FROM (
    SELECT owner_id, -(vector <#> CAST(:vector AS vector)) AS likeness FROM face_index.vectors v
    WHERE v.development_id = :development AND v.engine = :engine AND v.engine_version = :version
    AND owner_id <> :without AND vector IS NOT NULL OFFSET 0
) compared GROUP BY owner_id ORDER BY best DESC, owner_id LIMIT :many
"""
"""`<#>` is the negative inner product: of unit vectors, the cosine. Without an index of its kind it is exact. OFFSET 0
has it computed first: grouping would otherwise carry the vectors themselves along, and write them to disk."""

COMMAND = "portal faces index"

Reading = Callable[[], AbstractContextManager[Session]]
"""Opens a session that sees what is committed, and nothing else."""


class VectorSearch:
    """The search of `face_index.FaceIndex`, done by the database."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def nearest(
        self, engine: Engine, vector: Vector, development_id: int | None, *, without: int, many: int
    ) -> list[Likeness]:
        """The owners most like the vector, the best first, each by his best template."""
        which = {
            "development": development_id or _ENROLLED,
            "engine": engine.name,
            "version": engine.version,
            "without": without,
        }
        with self._reading() as session:
            # Who waits is asked for first: a face that gets its vector between the two questions is then found twice,
            # and the other way round it would not be found.
            waiting = session.execute(text(_WAITING_HERE), which).all()
            kept = session.execute(text(_NEAREST), which | {"vector": _written(vector), "many": many})
            best = {owner: float(likeness) for owner, likeness in kept}
            looked_for = Template(engine.name, engine.version, vector)
            for owner, sealed in waiting:
                likeness = similarity(looked_for, open_template(session, sealed))
                best[owner] = max(likeness, best.get(owner, -1.0))
        nearest = sorted(best.items(), key=lambda one: -one[1])[:many]
        return [Likeness(owner, likeness) for owner, likeness in nearest]


def keep(session: Session, row: FaceTemplate, template: Template) -> None:
    """Give a face that was just stored its vector, where the database has an index of them."""
    if _is_there(session):
        session.execute(text(_KEEP), {"template": row.id, "vector": _written(template.vector)})


def prepare(session: Session) -> None:
    """Make the index, or what it lacks, and enter every face that is kept; they wait until `fill`.

    Raises ConfigError where the database cannot have one.
    """
    if session.get_bind().dialect.name != "postgresql":
        raise ConfigError("pgvector is an extension of PostgreSQL: DATABASE_URL names another database")
    try:
        session.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
    except (NotSupportedError, ProgrammingError) as error:  # it is not installed, or this role may not create it
        said = str(error.orig).splitlines()[0]
        raise ConfigError(f"PostgreSQL's extension vector cannot be created here: {said}") from error
    for statement in (*_SCHEMA, _ENTER_ALL):
        session.execute(text(statement))


def fill(session: Session, many: int = 1_000) -> int:
    """Give so many of the waiting faces their vectors; how many that were."""
    rows = session.execute(text(_WAITING), {"many": many}).all()
    if rows:
        session.execute(text(_KEEP), [_opened(session, row) for row in rows])
    return len(rows)


def analyse(session: Session) -> None:
    """Let PostgreSQL count what there is now, so that it plans for that many."""
    session.execute(text("ANALYZE face_index.vectors"))


def remove(session: Session) -> None:
    """Delete the index with all its vectors. The sealed templates stay, and so does the extension."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("DROP SCHEMA IF EXISTS face_index CASCADE"))


def demand(session: Session) -> None:
    """Raises ConfigError unless the database has an index in which every face is entered."""
    if not _is_there(session):
        raise ConfigError(f"PORTAL_FACE_INDEX is pgvector, and the database has no such index: run `{COMMAND}`")
    if missing := session.scalar(text(_NOT_ENTERED)):
        raise ConfigError(f"PORTAL_FACE_INDEX is pgvector, and {missing} faces are not in the index: run `{COMMAND}`")


def _is_there(session: Session) -> bool:
    if session.get_bind().dialect.name != "postgresql":
        return False
    return session.scalar(text("SELECT to_regclass('face_index.vectors')")) is not None


def _opened(session: Session, row: Row[Any]) -> dict[str, Any]:
    return {"template": row.template_id, "vector": _written(open_template(session, row.vector_sealed).vector)}


def _written(vector: Vector) -> str:
    """As pgvector reads it; the digits are enough to give the very same 32-bit floats."""
    return f"[{','.join(map(repr, vector.tolist()))}]"
