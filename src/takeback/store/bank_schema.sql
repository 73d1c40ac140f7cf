-- The tables of a folder of hash banks. No person is in it: hashes, who added them and when, and what became of them.
CREATE TABLE fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE bank (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, distance INTEGER NOT NULL,
    enabled_share REAL NOT NULL, flood_least INTEGER NOT NULL, flood_times INTEGER NOT NULL
) STRICT;
CREATE TABLE entry (
    id INTEGER PRIMARY KEY, bank INTEGER NOT NULL REFERENCES bank (number) ON DELETE CASCADE, identity BLOB NOT NULL,
    quality INTEGER, sha256 BLOB, md5 BLOB, provenance BLOB NOT NULL, state TEXT NOT NULL, disabled_until INTEGER,
    created INTEGER NOT NULL, changed INTEGER NOT NULL, UNIQUE (identity, bank)
) STRICT;
CREATE INDEX entry_bank ON entry (bank);
CREATE INDEX entry_sha256 ON entry (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX entry_md5 ON entry (md5) WHERE md5 IS NOT NULL;
CREATE INDEX entry_state ON entry (state) WHERE state <> 'active';
-- One row an orientation; its id is what the index knows. An id is never used twice.
CREATE TABLE form (
    id INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE, orientation INTEGER NOT NULL,
    words BLOB NOT NULL
) STRICT;
CREATE INDEX form_entry ON form (entry);
-- What the index has not been told yet; written in the transaction of the change itself.
CREATE TABLE pending_form (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE pending_withdrawal (form INTEGER PRIMARY KEY) STRICT;
CREATE TABLE record (
    exchange TEXT NOT NULL, record TEXT NOT NULL, entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    PRIMARY KEY (exchange, record, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_entry ON record (entry);
CREATE TABLE opinion (
    entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE, by TEXT NOT NULL, opinion TEXT NOT NULL,
    reason TEXT NOT NULL, given INTEGER NOT NULL, PRIMARY KEY (entry, by)
) STRICT, WITHOUT ROWID;
CREATE TABLE act (
    number INTEGER PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE, action TEXT NOT NULL,
    by TEXT NOT NULL, reason TEXT NOT NULL, time INTEGER NOT NULL
) STRICT;
CREATE INDEX act_entry ON act (entry);
CREATE TABLE hit_day (
    entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE, day INTEGER NOT NULL, hits INTEGER NOT NULL,
    PRIMARY KEY (entry, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX hit_day_day ON hit_day (day)
