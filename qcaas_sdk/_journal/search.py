"""The search tables of a journal: jobs by state, tag, QPU, name, time, task id and the user's own metadata.

SQLite keeps them up to date itself: each entry that is inserted, also by an earlier version of this package, goes
through the triggers of `feed`. A journal from before that gets them when it is next opened for writing; a reader of
such a journal makes temporary ones.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import field, frozen

from qcaas_sdk._record import JobState, states_in

_CREATED = "(number, name, tag, qpu_id, state, created, unsettled)"
_OWN = """
    INSERT OR IGNORE INTO job_metadata
    SELECT key, CASE WHEN type IN ('integer', 'real') THEN 'number' ELSE type END, coalesce(value, ''), NEW.subject
    FROM json_each(NEW.body, '{path}')
"""
_TASK = "INSERT OR IGNORE INTO tasks SELECT json_extract(NEW.body, '{path}'), NEW.subject"
_KNOWN = "WHERE json_type(NEW.body, '{path}') = 'text'"

_ENDS = ", ".join(f"'{state}'" for state in sorted(states_in("ended")))

_TRIGGERS = {
    "job": f"""
        INSERT OR REPLACE INTO jobs {_CREATED} VALUES (
            NEW.subject, json_extract(NEW.body, '$.name'), CAST(json_extract(NEW.body, '$.tag') AS TEXT),
            json_extract(NEW.body, '$.qpu_id'), 'CREATED', julianday(json_extract(NEW.body, '$.at')), 0
        );
        {_OWN.format(path="$.user_metadata")};
    """,  # noqa: S608  # constants only
    "loaded": f"""
        INSERT OR REPLACE INTO jobs {_CREATED} VALUES (
            NEW.subject, json_extract(NEW.body, '$.snapshot.qcaas_sdk.name'),
            CAST(json_extract(NEW.body, '$.snapshot.tag') AS TEXT), json_extract(NEW.body, '$.snapshot.qpu_id'),
            json_extract(NEW.body, '$.snapshot.state'),
            julianday(json_extract(NEW.body, '$.snapshot.qcaas_sdk.moves[0].at')),
            json_extract(NEW.body, '$.snapshot.state') NOT IN ({_ENDS})
        );
        {_OWN.format(path="$.snapshot.qcaas_sdk.user_metadata")};
        INSERT OR IGNORE INTO tasks SELECT json_extract(value, '$.task_id'), NEW.subject
            FROM json_each(NEW.body, '$.snapshot.history') WHERE json_type(value, '$.task_id') = 'text';
        {_TASK.format(path="$.snapshot.task_id")} {_KNOWN.format(path="$.snapshot.task_id")};
    """,  # noqa: S608  # constants only
    "request": """
        UPDATE OR IGNORE jobs SET tag = CAST(json_extract(NEW.body, '$.tag') AS TEXT),
            qpu_id = json_extract(NEW.body, '$.qpu_id') WHERE number = NEW.subject;
    """,
    "reserved": f"""
        {_TASK.format(path="$.task_id")};
        UPDATE OR IGNORE jobs SET unsettled = 1 WHERE number = NEW.subject AND unsettled = 0;
    """,  # noqa: S608  # constants only
    "unreserved": "UPDATE OR IGNORE jobs SET unsettled = 2 WHERE number = NEW.subject;",
    "moved": f"""
        UPDATE OR IGNORE jobs SET state = json_extract(NEW.body, '$.target'), pending = 0,
            created = coalesce(created, julianday(json_extract(NEW.body, '$.at'))),
            unsettled = CASE
                WHEN unsettled = 2 THEN 2
                WHEN json_extract(NEW.body, '$.target') IN ({_ENDS})
                    THEN 2 * (json_type(NEW.body, '$.usage') IS NULL)
                ELSE json_extract(NEW.body, '$.target') != 'CREATED'
            END
            WHERE number = NEW.subject;
        INSERT INTO runs SELECT NEW.subject, qpu_id, json_extract(NEW.body, '$.usage.at'),
            json_extract(NEW.body, '$.usage.shots'), json_extract(NEW.body, '$.usage.seconds')
            FROM jobs WHERE number = NEW.subject AND json_type(NEW.body, '$.usage') = 'object';
        INSERT OR IGNORE INTO tasks SELECT json_extract(NEW.body, '$.task_id'), NEW.subject
            {_KNOWN.format(path="$.task_id")};
    """,  # noqa: S608  # constants only
    "place": """
        UPDATE OR IGNORE jobs SET pending = EXISTS (SELECT 1 FROM json_each(NEW.body, '$.due'))
            WHERE number = NEW.subject;
    """,
    "composite": "INSERT OR REPLACE INTO composites VALUES (NEW.subject, json_extract(NEW.body, '$.name'));",
    "added": """
        UPDATE OR IGNORE jobs SET parent = NEW.subject
            WHERE parent IS NULL AND number IN (SELECT value FROM json_each(NEW.body, '$.children'));
    """,
}
"""What each kind of entry means to the tables; other kinds mean nothing."""

_TABLES = """
    CREATE {temp} TABLE jobs (
        number INTEGER PRIMARY KEY, parent INTEGER, name TEXT, tag TEXT, qpu_id TEXT, state TEXT,
        pending INTEGER NOT NULL DEFAULT 0, created REAL, unsettled INTEGER NOT NULL
    );
    CREATE {temp} TABLE runs (number INTEGER NOT NULL, qpu_id TEXT, at REAL, shots INTEGER NOT NULL, seconds REAL);
    CREATE {temp} TABLE tasks (task_id TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
    CREATE {temp} TABLE composites (number INTEGER PRIMARY KEY, name TEXT);
    CREATE {temp} TABLE job_metadata (
        key TEXT, type TEXT, value, number INTEGER, PRIMARY KEY (key, type, value, number)
    ) WITHOUT ROWID;
    CREATE {temp} VIEW feed AS SELECT subject, kind, body FROM entries;
"""

LATEST = datetime(9999, 12, 31, 23, 59, 59, 999_000, UTC)
"""The last moment that SQLite knows."""

TABLES = ("jobs", "runs", "tasks", "composites", "job_metadata")
"""Their names."""

_INDEXES = """
    CREATE INDEX {schema}jobs_by_state ON jobs (state);
    CREATE INDEX {schema}jobs_by_tag ON jobs (tag, state) WHERE tag IS NOT NULL;
"""


@frozen
class JobFilter:
    """Which jobs to find; None stands for all.

    Attributes:
        tag: Those with this tag.
        states: Those in one of these states.
        qpu_id: Those of this QPU.
        name: Those with this name, or in a composite with it; `*` and `?` stand for any characters.
        since: Those created at this moment or later.
        until: Those created before it.
        user_metadata: Those whose own metadata have these values.
        limit: At most this many, the newest first.
    """

    tag: str | None = None
    states: Collection[JobState] | None = None
    qpu_id: str | None = None
    name: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    user_metadata: Mapping[str, Any] = field(factory=dict)
    limit: int | None = None


def is_searchable(db: sqlite3.Connection) -> bool:
    """Whether a journal has search tables."""
    (found,) = db.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'runs'").fetchone()
    return bool(found)


def make_searchable(db: sqlite3.Connection) -> None:
    """Give a journal its search tables, and fill them from its entries, in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for kind, name in (
            ("TRIGGER", "search"),
            ("VIEW", "feed"),
            ("INDEX", "entries_by_subject"),
            *(("TABLE", name) for name in TABLES),
        ):
            db.execute(f"DROP {kind} IF EXISTS {name}")  # those of an earlier version
        for statement in _statements(temp=False):
            db.execute(statement)
        db.execute("CREATE INDEX entries_by_subject ON entries (subject)")
        db.execute(
            "CREATE TRIGGER search AFTER INSERT ON entries "
            "BEGIN INSERT INTO feed VALUES (NEW.subject, NEW.kind, NEW.body); END"
        )
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def make_temporary(db: sqlite3.Connection) -> None:
    """Make search tables that only this connection sees, in place of those that it has; they do not change."""
    for kind, name in (("VIEW", "feed"), *(("TABLE", name) for name in TABLES)):
        db.execute(f"DROP {kind} IF EXISTS temp.{name}")
    for statement in _statements(temp=True):
        db.execute(statement)


def _statements(*, temp: bool) -> list[str]:
    word, schema = ("TEMP", "temp.") if temp else ("", "")
    tables = [one for one in _TABLES.format(temp=word).split(";") if one.strip()]
    triggers = [
        f"CREATE {word} TRIGGER feed_{kind} INSTEAD OF INSERT ON {schema}feed "
        f"WHEN NEW.kind = '{kind}' AND json_valid(NEW.body) BEGIN {body} END"
        for kind, body in _TRIGGERS.items()
    ]
    fill = f"INSERT INTO {schema}feed SELECT subject, kind, body FROM main.entries ORDER BY number"  # noqa: S608  # no input
    indexes = [one for one in _INDEXES.format(schema=schema).split(";") if one.strip()]
    return [*tables, *triggers, fill, *indexes]


def matching(db: sqlite3.Connection, wanted: JobFilter) -> list[int]:
    """The numbers of the jobs that match, the newest first."""
    terms: list[str] = []
    given: list[Any] = []

    def add(term: str, *values: Any) -> None:
        terms.append(term)
        given.extend(values)

    for key, kind, value in _typed(db, wanted.user_metadata):
        add("number IN (SELECT number FROM job_metadata WHERE key = ? AND type = ? AND value = ?)", key, kind, value)
    if wanted.name is not None:
        composites = "SELECT number FROM composites WHERE name GLOB ?"
        name = wanted.name.replace("[", "[[]")  # in GLOB it begins a set of characters
        add(f"(name GLOB ? OR parent IN ({composites}))", name, name)
    if wanted.tag is not None:
        add("tag = ?", wanted.tag)
    if wanted.states is not None:
        # The plus keeps SQLite from choosing the index of states, where metadata are the better choice.
        state = "+state" if wanted.user_metadata else "state"
        add(f"{state} IN ({', '.join('?' * len(wanted.states))})", *map(str, wanted.states))
    if wanted.qpu_id is not None:
        add("qpu_id = ?", wanted.qpu_id)
    if wanted.since is not None:
        add("created >= julianday(?)", _text_of(wanted.since))
    if wanted.until is not None:
        add("created < julianday(?)", _text_of(wanted.until))
    where = f"WHERE {' AND '.join(terms)}" if terms else ""
    query = f"SELECT number FROM jobs {where} ORDER BY number DESC LIMIT ?"  # noqa: S608  # only terms from above
    limit = -1 if wanted.limit is None else wanted.limit
    return [number for (number,) in db.execute(query, [*given, limit])]


def _text_of(moment: datetime) -> str:
    return min(moment, LATEST).isoformat()


def number_of_task(db: sqlite3.Connection, task_id: str) -> int | None:
    """The number of the job that has, or had, a task."""
    row = db.execute("SELECT number FROM tasks WHERE task_id = ?", (task_id,)).fetchone()
    return None if row is None else row[0]


def tasks_from(db: sqlite3.Connection, begin: str, limit: int) -> list[str]:
    """The ids of tasks that begin so."""
    query = "SELECT task_id FROM tasks WHERE task_id >= ? AND task_id < ? LIMIT ?"
    return [task_id for (task_id,) in db.execute(query, (begin, f"{begin}\U0010ffff", limit))]


def numbers_of_name(db: sqlite3.Connection, name: str) -> list[int]:
    """The numbers of the jobs that have exactly this name."""
    return [number for (number,) in db.execute("SELECT number FROM jobs WHERE name = ?", (name,))]


def is_composite(db: sqlite3.Connection, called: int | str) -> bool:
    """Whether a composite has this number or name."""
    return db.execute("SELECT 1 FROM composites WHERE ? IN (number, name)", (called,)).fetchone() is not None


def composite_names(db: sqlite3.Connection, numbers: Collection[int]) -> Mapping[int, str]:
    """The names of the composites that some jobs are in, by the number of the job."""
    query = (
        "SELECT jobs.number, composites.name FROM jobs JOIN composites ON composites.number = jobs.parent "
        "WHERE composites.name IS NOT NULL AND jobs.number IN (SELECT value FROM json_each(?))"
    )
    return dict(db.execute(query, [json.dumps([*numbers])]).fetchall())


def service_of(db: sqlite3.Connection) -> str | None:
    """The service that the journal belongs to."""
    row = db.execute("SELECT json_extract(body, '$.url') FROM entries WHERE subject = 0 LIMIT 1").fetchone()
    return None if row is None else row[0]


def unended(db: sqlite3.Connection) -> int:
    """How many jobs have not ended."""
    ends = ", ".join(f"'{state}'" for state in states_in("ended"))
    query = f"SELECT count(*) FROM jobs WHERE pending OR state NOT IN ({ends})"  # noqa: S608  # constants only
    return int(db.execute(query).fetchone()[0])


def states_of(db: sqlite3.Connection) -> Mapping[JobState, int]:
    """How many jobs are in each state."""
    counts = dict(db.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall())
    return {state: counts[state] for state in JobState if state in counts}


def _typed(db: sqlite3.Connection, metadata: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    """Metadata as the tables have them."""
    kind = "CASE WHEN type IN ('integer', 'real') THEN 'number' ELSE type END"
    text = json.dumps(metadata, separators=(",", ":"))
    return db.execute(f"SELECT key, {kind}, coalesce(value, '') FROM json_each(?)", (text,)).fetchall()  # noqa: S608  # no input
