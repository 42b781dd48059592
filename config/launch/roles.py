"""The four roles and the database. The launcher's superuser makes them; nothing later ever uses it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from yichuang.gateways.late import Late

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql
else:
    psycopg, sql = Late("psycopg"), Late("psycopg.sql")

DATABASE = "yichuang"
LOGINS = {role: f"yichuang_{role}" for role in ("owner", "app", "report", "audit")}


def create(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Make the roles with these passwords and the database where they are missing; safe to repeat.

    The owner owns the database, thus may migrate; the others may connect and get what migrations grant them.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        known = {name for (name,) in connection.execute("select rolname from pg_roles")}
        for role, login in LOGINS.items():
            verb = sql.SQL("alter" if login in known else "create")
            connection.execute(
                sql.SQL("{} role {} login nosuperuser nocreatedb nocreaterole password {}").format(
                    verb, sql.Identifier(login), sql.Literal(passwords[role])
                )
            )
        if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
            create_database(connection, DATABASE)


def create_database(connection: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    """Make a database of our owner that only the four roles may enter."""
    database = sql.Identifier(name)
    connection.execute(
        sql.SQL("create database {} owner {}").format(database, sql.Identifier(LOGINS["owner"]))
    )
    connection.execute(sql.SQL("revoke all on database {} from public").format(database))
    others = sql.SQL(", ").join(sql.Identifier(LOGINS[role]) for role in ("app", "report", "audit"))
    connection.execute(sql.SQL("grant connect on database {} to {}").format(database, others))
