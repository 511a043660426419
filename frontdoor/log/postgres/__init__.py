"""A log in a PostgreSQL database, for a case system of several servers.

    from frontdoor.log.postgres import PostgresLog, create

    create("postgresql://owner@db/borough", app_role="case_system", reader_role="managers")     # once, and after an update
    desk = Desk(PostgresLog("postgresql://case_system@db/borough"))

It needs the extra `postgres`, PostgreSQL 14 or later, and a database in UTF-8. A pooler between must keep a session to its client.

**Who waits for whom.** A transaction holds a lock on each case that it writes of, and only those who write of the same case
wait for one another; there is no lock that all must have to commit. One that writes of very many cases holds them all.

**Positions.** An event enters the table `events`, which is never updated, with its version and hash; its position and link stand
in `places`, where they are put by the function `put_in_place`, one caller at a time, for everything that is committed by then.
Whoever asks for anything by position has it called first, so that no daemon is needed. What commits later comes later: an
event that arrived early in a transaction that ended late has the later position, and no follower misses it.

**Roles.** The owner makes the tables. The application's role may read everything and add events, libraries and what stands; it
may not change or delete an event, choose when it arrived, nor write in `places`, which only the function does. The reader's role
may look. Triggers refuse every change of an event, the owner's too.

**Keys.** Details may be sealed under a key for each case, kept in a file or in a database of their own (`keystore`). The first who
seals in a log notes by which keys, and until that is committed others who would seal for the first time wait.
"""

from __future__ import annotations

__all__ = ["PostgresKeys", "PostgresLog", "create", "create_keys"]

from frontdoor.errors import MissingExtra

try:
    import psycopg  # noqa: F401
    import psycopg_pool  # noqa: F401
except ImportError as error:
    raise MissingExtra("A log in PostgreSQL", "psycopg", "postgres") from error

from frontdoor.log.postgres.keystore import PostgresKeys, create_keys
from frontdoor.log.postgres.log import PostgresLog
from frontdoor.log.postgres.making import create
