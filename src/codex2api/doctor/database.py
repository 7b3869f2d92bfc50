"""Our own database: whether it can be reached, and is of this version."""

import asyncio

from codex2api.doctor.finding import Finding, fine, problem, warning
from codex2api.doctor.subject import Subject
from codex2api.errors import ApiError
from codex2api.store.looking import KNOWN, in_postgres, in_sqlite
from codex2api.texts.said import N_


async def check_database(subject: Subject) -> Finding:
    """Look, and change nothing: a look makes no database and migrates none."""
    try:
        if subject.store_url is None:
            if not subject.database.exists():
                return fine("database", N_("There is no database yet; the first use makes it."))
            found = await asyncio.to_thread(in_sqlite, subject.database)
        else:
            found = await in_postgres(subject.store_url)
    except ApiError as error:
        if subject.store_url is not None:
            return problem(
                "database",
                "{reason}",
                N_("Start the PostgreSQL, or correct its address: codex2api config edit"),
                reason=error.message,
            )
        return problem(
            "database",
            "{reason}",
            N_("Restore a copy, or begin with an empty one: mv {file} {file}.damaged"),
            reason=error.message,
            file=subject.database,
        )
    return judge_revision(found)


def judge_revision(found: str | None) -> Finding:
    """What the version of the tables means; ``None`` is a database without any."""
    if found is None:
        return fine("database", N_("The database is reached; the first use makes its tables."))
    if found < KNOWN:
        return fine(
            "database",
            N_("The tables are of version {found}; the next start brings them to {known}."),
            found=found,
            known=KNOWN,
        )
    if found > KNOWN:
        return warning(
            "database",
            N_("The tables are of version {found}, newer than this codex2api ({known})."),
            N_("Use the codex2api that made them; this one works with them as they are."),
            found=found,
            known=KNOWN,
        )
    return fine(
        "database", N_("The database is reached and current (version {found})."), found=found
    )
