"""Schema of ``facts.sqlite``: numbered migrations, each applied once, in one transaction, and checksummed.

A migration that has been released is never edited: its checksum is kept with it and compared at every start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import apsw

from einthoven.base.errors import StoreError
from einthoven.base.instants import Instant
from einthoven.edges.store.facts_chain import chain_old_lines


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: statements, then ``act`` on what was there before, in one transaction."""

    version: int
    name: str
    sql: str
    act: Callable[[apsw.Connection], None] | None = None

    @property
    def checksum(self) -> str:
        """SHA-256 of the statements."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


_FIRST = """
CREATE TABLE patient (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  name_key TEXT NOT NULL,                      -- name, case folded: what patients_named compares
  birth_date TEXT NOT NULL DEFAULT '' CHECK (birth_date = '' OR length(birth_date) = 10),
  sex TEXT NOT NULL DEFAULT '' CHECK (sex IN ('', 'female', 'male', 'other', 'unknown')),
  address TEXT NOT NULL DEFAULT '',
  telephone TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX patient_name ON patient (name_key);

CREATE TABLE contact (
  patient INTEGER NOT NULL REFERENCES patient (id),
  place INTEGER NOT NULL CHECK (place >= 0),   -- order in which they are called
  name TEXT NOT NULL CHECK (name <> ''),
  telephone TEXT NOT NULL CHECK (telephone <> ''),
  relation TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (patient, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE physician (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL CHECK (name <> ''),
  npi TEXT NOT NULL CHECK (length(npi) = 10),
  telephone TEXT NOT NULL CHECK (telephone <> ''),
  fax TEXT NOT NULL DEFAULT '',
  UNIQUE (npi, name, telephone, fax)
) STRICT;

CREATE TABLE transmitter (
  id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64)
) STRICT, WITHOUT ROWID;

CREATE TABLE service_period (
  id INTEGER PRIMARY KEY,
  patient INTEGER NOT NULL REFERENCES patient (id),
  transmitter TEXT NOT NULL REFERENCES transmitter (id),
  physician INTEGER REFERENCES physician (id),
  started INTEGER NOT NULL,                    -- instants: nanoseconds since 1970, UTC
  limit_at INTEGER NOT NULL CHECK (limit_at > started),
  ended INTEGER CHECK (ended BETWEEN started AND limit_at),
  cause TEXT CHECK (cause IN ('renewed', 'reassigned', 'closed', 'expired')),
  decision TEXT NOT NULL CHECK (json_valid(decision)),
  CHECK ((ended IS NULL) = (cause IS NULL))
) STRICT;
CREATE INDEX service_period_patient ON service_period (patient);
CREATE INDEX service_period_transmitter ON service_period (transmitter);
CREATE UNIQUE INDEX one_open_period ON service_period (transmitter) WHERE ended IS NULL;  -- R5
CREATE TRIGGER service_period_ended BEFORE UPDATE ON service_period WHEN OLD.ended IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an ended period does not change'); END;

CREATE TABLE stream (
  id INTEGER PRIMARY KEY CHECK (id BETWEEN 1 AND 4294967295),
  period INTEGER NOT NULL UNIQUE REFERENCES service_period (id),
  layout TEXT NOT NULL CHECK (json_valid(layout)),
  declared INTEGER NOT NULL DEFAULT 0 CHECK (declared IN (0, 1)),
  recording INTEGER NOT NULL DEFAULT 0,        -- unsigned 64 bits kept as signed
  origin INTEGER,
  public_key BLOB NOT NULL CHECK (length(public_key) = 32)
) STRICT;
CREATE INDEX stream_key ON stream (public_key);

CREATE TABLE event_shape (                     -- the field names of event bodies, kept once
  id INTEGER PRIMARY KEY,
  keys TEXT NOT NULL UNIQUE CHECK (json_valid(keys))
) STRICT;
CREATE TABLE event (
  stream INTEGER NOT NULL REFERENCES stream (id),
  number INTEGER NOT NULL CHECK (number >= 0),
  kind INTEGER NOT NULL CHECK (kind IN (1, 2, 3)),   -- 1 mark, 2 status, 3 hole
  sample INTEGER NOT NULL,
  received INTEGER NOT NULL,
  shape INTEGER NOT NULL REFERENCES event_shape (id),
  body TEXT NOT NULL,                          -- the values of the body's fields, a JSON array
  PRIMARY KEY (stream, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_rare ON event (stream, kind, sample) WHERE kind <> 2;
CREATE TRIGGER event_kept_update BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
CREATE TRIGGER event_kept_delete BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

CREATE TABLE clock_fix (
  stream INTEGER NOT NULL REFERENCES stream (id),
  sample REAL NOT NULL,
  at INTEGER NOT NULL,
  uncertainty INTEGER NOT NULL,
  PRIMARY KEY (stream, sample, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL CHECK (actor <> ''),
  action TEXT NOT NULL CHECK (action <> ''),
  subject TEXT NOT NULL,
  detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT;
CREATE INDEX audit_subject ON audit (subject);
CREATE TRIGGER audit_kept_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_kept_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
"""

_FINDINGS = """
CREATE TABLE finding (                         -- what the analysis found, as it stands
  stream INTEGER NOT NULL REFERENCES stream (id),
  run INTEGER NOT NULL,                        -- first sample of the run of samples it was found in
  stage INTEGER NOT NULL CHECK (stage >= 0),   -- the stage that told it, and that stage's number
  seq INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
                                               -- 1 open, 2 closed, 3 withdrawn, 4 superseded, 5 interrupted
  start INTEGER NOT NULL,
  stop INTEGER CHECK (stop >= start),
  told INTEGER NOT NULL,                       -- samples of the steps that told onset and end
  ended_told INTEGER,
  late INTEGER NOT NULL CHECK (late IN (0, 1)),
  evidence TEXT NOT NULL CHECK (json_valid(evidence)),  -- the values compared, in the order of the kind
  version TEXT NOT NULL,                       -- of the analysis and of the table of thresholds
  at INTEGER NOT NULL,                         -- center time at which it was told first
  PRIMARY KEY (stream, run, stage, seq),
  CHECK ((state = 1) = (stop IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_start ON finding (stream, start);
CREATE INDEX finding_open ON finding (stream) WHERE state = 1;
"""

_REASONS = """
ALTER TABLE finding ADD COLUMN reason TEXT;        -- of one that does not hold: why
ALTER TABLE finding ADD COLUMN taken_back INTEGER; -- center time at which that was kept first
"""

_DEEDS = """
DROP INDEX audit_subject;
DROP TRIGGER audit_kept_update;
DROP TRIGGER audit_kept_delete;
ALTER TABLE audit RENAME TO audit_unchained;   -- its lines are copied, chained, and it is dropped
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,       -- from 1 without holes
  at INTEGER NOT NULL,
  actor TEXT NOT NULL CHECK (actor <> ''),
  action TEXT NOT NULL CHECK (action <> ''),
  subject TEXT NOT NULL,
  detail TEXT NOT NULL CHECK (json_valid(detail)),
  deed INTEGER,                                -- number of the deed that the line is of
  hash BLOB NOT NULL CHECK (length(hash) = 32) -- over the hash before it and this line: base/chain.py
) STRICT;
CREATE INDEX audit_subject ON audit (subject);
CREATE TRIGGER audit_kept_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_kept_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

CREATE TABLE deed (                            -- what was decided about people, in order
  number INTEGER PRIMARY KEY CHECK (number >= 1),
  at INTEGER NOT NULL,
  actor TEXT NOT NULL CHECK (actor <> ''),
  kind TEXT NOT NULL CHECK (kind <> ''),
  subject TEXT NOT NULL,
  body TEXT NOT NULL CHECK (json_valid(body)),
  audit INTEGER NOT NULL UNIQUE REFERENCES audit (seq)
) STRICT;
CREATE INDEX deed_kind ON deed (kind);
CREATE INDEX deed_subject ON deed (subject);
CREATE TRIGGER deed_follows BEFORE INSERT ON deed
WHEN NEW.number <> (SELECT ifnull(max(number), 0) + 1 FROM deed)
BEGIN SELECT RAISE(ABORT, 'deeds are numbered without holes'); END;
CREATE TRIGGER deed_kept_update BEFORE UPDATE ON deed
BEGIN SELECT RAISE(ABORT, 'deeds are append-only'); END;
CREATE TRIGGER deed_kept_delete BEFORE DELETE ON deed
BEGIN SELECT RAISE(ABORT, 'deeds are append-only'); END;

CREATE TABLE outbox (                          -- messages to the outside, and how far they are
  id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 200),
  channel TEXT NOT NULL CHECK (channel <> ''),
  receiver TEXT NOT NULL CHECK (receiver <> ''),
  content TEXT NOT NULL CHECK (json_valid(content)),
  at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'failed', 'sent', 'given up')),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  next_at INTEGER,                             -- when it is tried, or tried again
  receipt TEXT NOT NULL,                       -- what the other side said last
  CHECK ((next_at IS NULL) = (state IN ('sent', 'given up')))
) STRICT;
CREATE INDEX outbox_due ON outbox (next_at) WHERE next_at IS NOT NULL;
CREATE TRIGGER outbox_settled BEFORE UPDATE ON outbox WHEN OLD.next_at IS NULL
BEGIN SELECT RAISE(ABORT, 'what was sent or given up does not change'); END;
CREATE TRIGGER outbox_content BEFORE UPDATE OF id, channel, receiver, content, at ON outbox
BEGIN SELECT RAISE(ABORT, 'a message does not change'); END;
CREATE TRIGGER outbox_kept BEFORE DELETE ON outbox
BEGIN SELECT RAISE(ABORT, 'the outbox is kept'); END;

CREATE TABLE secret (                          -- never in the audit, never in a deed
  number INTEGER PRIMARY KEY,
  staff INTEGER NOT NULL CHECK (staff >= 1),
  kind TEXT NOT NULL CHECK (kind IN ('password', 'totp', 'passkey', 'recovery')),
  name TEXT NOT NULL,
  value BLOB NOT NULL CHECK (length(value) > 0),
  added INTEGER NOT NULL,
  retired INTEGER
) STRICT;
CREATE INDEX secret_staff ON secret (staff) WHERE retired IS NULL;

CREATE TABLE session (
  token BLOB PRIMARY KEY CHECK (length(token) = 32),  -- SHA-256 of what the cookie holds
  staff INTEGER NOT NULL,
  station INTEGER,
  created INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  locked INTEGER,
  ended INTEGER,
  why TEXT NOT NULL,
  CHECK ((ended IS NULL) = (why = ''))
) STRICT, WITHOUT ROWID;
CREATE INDEX session_open ON session (expires) WHERE ended IS NULL;

CREATE TABLE alive (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  at INTEGER NOT NULL                          -- the center was known alive then
) STRICT;
"""

_AUDIT_INDEXES = """
CREATE INDEX audit_action ON audit (action);
CREATE INDEX audit_actor_action ON audit (actor, action);
CREATE INDEX audit_period ON audit (subject) WHERE action = 'period.open';
CREATE INDEX deed_case_stream ON deed (body ->> '$.stream') WHERE kind = 'case.opened';
CREATE TABLE audit_block (                     -- earliest and latest instant of every 1,024 lines
  block INTEGER PRIMARY KEY,                   -- number of the line >> 10
  low INTEGER NOT NULL,
  high INTEGER NOT NULL
) STRICT;
INSERT INTO audit_block SELECT seq >> 10, min(at), max(at) FROM audit GROUP BY seq >> 10;
CREATE TRIGGER audit_times AFTER INSERT ON audit BEGIN
  INSERT INTO audit_block VALUES (NEW.seq >> 10, NEW.at, NEW.at)
  ON CONFLICT (block) DO UPDATE SET low = min(low, excluded.low), high = max(high, excluded.high);
END;
"""

_ASSIGNMENTS = """
CREATE TABLE assignment (                      -- a period was found to be another person's: what was before
  correction INTEGER NOT NULL CHECK (correction >= 1),
  period INTEGER NOT NULL REFERENCES service_period (id),
  was INTEGER NOT NULL REFERENCES patient (id),
  was_physician INTEGER REFERENCES physician (id),
  patient INTEGER NOT NULL REFERENCES patient (id),
  physician INTEGER REFERENCES physician (id),
  since INTEGER NOT NULL,                      -- samples from then on are theirs; 0 for all
  at INTEGER NOT NULL,
  PRIMARY KEY (correction, period)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignment_period ON assignment (period);
CREATE TRIGGER assignment_kept_update BEFORE UPDATE ON assignment
BEGIN SELECT RAISE(ABORT, 'assignments are append-only'); END;
CREATE TRIGGER assignment_kept_delete BEFORE DELETE ON assignment
BEGIN SELECT RAISE(ABORT, 'assignments are append-only'); END;
DROP TRIGGER service_period_ended;
CREATE TRIGGER service_period_ended
BEFORE UPDATE OF transmitter, started, limit_at, ended, cause, decision ON service_period
WHEN OLD.ended IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'an ended period does not change'); END;
CREATE TRIGGER service_period_whose BEFORE UPDATE OF patient, physician ON service_period
WHEN NOT EXISTS (
  SELECT 1 FROM assignment a WHERE a.period = OLD.id AND a.was = OLD.patient
  AND a.was_physician IS OLD.physician AND a.patient = NEW.patient AND a.physician IS NEW.physician
)
BEGIN SELECT RAISE(ABORT, 'whose a period is changes by a correction alone'); END;
"""

_TRANSMISSION = """
CREATE TABLE transmission (                    -- how soon samples were durable, counted by class
  hour INTEGER NOT NULL CHECK (hour >= 0),     -- hours since 1970 in which they became durable
  stream INTEGER NOT NULL REFERENCES stream (id),
  counts BLOB NOT NULL,                        -- first class that has any, then 4 bytes a class
  PRIMARY KEY (hour, stream)
) STRICT, WITHOUT ROWID;
"""

MIGRATIONS: tuple[Migration, ...] = (
    Migration(1, "people, periods, streams, events, audit", _FIRST),
    Migration(2, "findings", _FINDINGS),
    Migration(3, "reasons of withdrawn findings", _REASONS),
    Migration(4, "deeds, chained audit, outbox, secrets, sessions", _DEEDS, chain_old_lines),
    Migration(5, "indexes of the audit", _AUDIT_INDEXES),
    Migration(6, "whose a period is", _ASSIGNMENTS),
    Migration(7, "how soon samples were durable", _TRANSMISSION),
)

_VERSIONS = """
CREATE TABLE IF NOT EXISTS schema_version (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied INTEGER NOT NULL
) STRICT
"""


def migrate(
    connection: apsw.Connection, now: Instant, migrations: tuple[Migration, ...] = MIGRATIONS
) -> list[int]:
    """Bring a database up to date; the versions that were applied.

    Raises:
        StoreError: the database is newer than this program, or a migration was changed after it was applied.
    """
    done: list[int] = []
    applied = check(connection, migrations)
    for migration in migrations:
        if migration.version in applied:
            continue
        with connection:
            connection.execute(_VERSIONS)
            connection.execute(migration.sql)
            if migration.act is not None:
                migration.act(connection)
            connection.execute(
                "INSERT INTO schema_version VALUES (?, ?, ?, ?)",
                (migration.version, migration.name, migration.checksum, now),
            )
        done.append(migration.version)
    return done


def check(connection: apsw.Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> set[int]:
    """The versions a database has; StoreError where they are not a beginning of ours, unchanged."""
    if not connection.table_exists("main", "schema_version"):
        return set()
    rows = connection.execute(
        "SELECT version, name, checksum FROM schema_version ORDER BY version"
    ).fetchall()
    known = {migration.version: migration for migration in migrations}
    for version, name, checksum in rows:
        migration = known.get(int(str(version)))
        if migration is None:
            raise StoreError(f"the facts have schema {version} ({name}), newer than this program knows")
        if migration.checksum != checksum:
            raise StoreError(
                f"schema {version} ({name}) was applied with other statements than this program's"
            )
    return {int(str(version)) for version, _, _ in rows}
