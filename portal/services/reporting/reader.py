"""Who may read the reporting views on PostgreSQL, and nothing else: the role `portal_reader`.

PostgreSQL lets everybody run every function, and make tables of his own for a while. That is taken back from everybody;
the portal's own role owns what it runs, and needs no leave.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

ROLE = "portal_reader"

_OWN = "NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'reporting')"

_OUTSIDE = f"""
    SELECT n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname {_OWN} AND n.nspname !~ '^pg_' AND (
        c.relkind IN ('r', 'v', 'm', 'p', 'f') AND (
            has_table_privilege('{ROLE}', c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
            OR has_any_column_privilege('{ROLE}', c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))
        OR c.relkind = 'S' AND has_sequence_privilege('{ROLE}', c.oid, 'USAGE, SELECT, UPDATE'))
    UNION ALL SELECT n.nspname || '.' || p.proname || '()' FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname {_OWN} AND n.nspname !~ '^pg_' AND has_function_privilege('{ROLE}', p.oid, 'EXECUTE')
        AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL SELECT 'schema ' || nspname || ' (CREATE)' FROM pg_namespace
    WHERE has_schema_privilege('{ROLE}', oid, 'CREATE')
    UNION ALL SELECT 'membership in ' || g.rolname FROM pg_auth_members AS m
        JOIN pg_roles AS g ON g.oid = m.roleid JOIN pg_roles AS r ON r.oid = m.member WHERE r.rolname = '{ROLE}'
    UNION ALL SELECT 'tables for a while (TEMPORARY)'
    WHERE has_database_privilege('{ROLE}', current_database(), 'TEMPORARY')
    UNION ALL SELECT 'everything: it is a superuser' FROM pg_roles WHERE rolname = '{ROLE}' AND rolsuper
    ORDER BY 1
"""  # noqa: S608 - names of ours
"""What the role may do beside reading the views; functions of extensions are theirs."""


class MayNotMakeRoles(Exception):
    """The role is not there yet, and who asks may make none."""


def exists(connection: Connection) -> bool:
    """Whether the role is there."""
    return connection.exec_driver_sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'").first() is not None  # noqa: S608 - names of ours


def make(connection: Connection) -> bool:
    """Make the role, which signs in once somebody gave it a password; False where it was there. Raises
    MayNotMakeRoles."""
    if exists(connection):
        return False
    may = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    if not connection.exec_driver_sql(may).scalar():
        raise MayNotMakeRoles
    connection.exec_driver_sql(f"CREATE ROLE {ROLE} LOGIN NOINHERIT CONNECTION LIMIT 10")
    database = _database(connection)
    for setting in ("default_transaction_read_only = on", "search_path = reporting", "statement_timeout = '60s'"):
        connection.exec_driver_sql(f"ALTER ROLE {ROLE} IN DATABASE {database} SET {setting}")
    return True


def let_read(connection: Connection) -> None:
    """Let the role read each view, and take back from everybody what PostgreSQL gives to everybody, as far as it is
    ours to take."""
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA reporting TO {ROLE}")
    connection.exec_driver_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {ROLE}")
    for function in connection.exec_driver_sql(_FUNCTIONS_OF_ALL).scalars().all():
        connection.exec_driver_sql(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")


def close_to_others(connection: Connection) -> None:
    """Take back from everybody what the database's owner may take back: tables for a while, and tables in `public`."""
    database = _database(connection)
    owner = "SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()"
    if connection.exec_driver_sql(owner).scalar():
        connection.exec_driver_sql(f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
        connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {database} TO {ROLE}")
    ours = "SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE nspname = 'public'"
    if connection.exec_driver_sql(ours).scalar():
        connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")


def beside_the_views(connection: Connection) -> Sequence[str]:
    """What the role may do beside reading the views: nothing, where all is well."""
    return connection.exec_driver_sql(_OUTSIDE).scalars().all()


_FUNCTIONS_OF_ALL = f"""
    SELECT p.oid::regprocedure::text FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
    WHERE n.nspname {_OWN} AND n.nspname !~ '^pg_' AND pg_has_role(p.proowner, 'USAGE')
        AND has_function_privilege('{ROLE}', p.oid, 'EXECUTE')
        AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e')
"""  # noqa: S608 - names of ours


def _database(connection: Connection) -> str:
    name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
    return connection.dialect.identifier_preparer.quote(name)
