-- The tables of a case. Keys are columns, values are JSON of the nouns, all in one SQLCipher database.
CREATE TABLE fact (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE note (name TEXT PRIMARY KEY, person TEXT, content BLOB NOT NULL) STRICT;

CREATE TABLE source (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, content BLOB NOT NULL) STRICT;
CREATE TABLE channel (
    source TEXT NOT NULL REFERENCES source (id), id TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (id, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE partition (
    number INTEGER PRIMARY KEY, source TEXT NOT NULL REFERENCES source (id), channel TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, rows INTEGER NOT NULL, fresh INTEGER NOT NULL,
    address TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX partition_by_channel ON partition (channel, first, number);
CREATE TABLE media (
    sha256 TEXT NOT NULL, place_source TEXT NOT NULL, place_path TEXT NOT NULL, kind TEXT NOT NULL, size INTEGER NOT NULL,
    source TEXT NOT NULL, channel TEXT NOT NULL, post INTEGER NOT NULL,
    PRIMARY KEY (sha256, place_source, place_path, kind, channel, post, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE damage (
    number INTEGER PRIMARY KEY, source TEXT NOT NULL REFERENCES source (id), content BLOB NOT NULL, UNIQUE (source, content)
) STRICT;
CREATE TABLE audience (number INTEGER PRIMARY KEY, content BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE sealed (
    sha256 TEXT NOT NULL, place_source TEXT NOT NULL, place_path TEXT NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (sha256, place_source, place_path)
) STRICT, WITHOUT ROWID;

CREATE TABLE result (
    stage TEXT NOT NULL, version TEXT NOT NULL, parameters TEXT NOT NULL, digest TEXT NOT NULL, media TEXT NOT NULL,
    content BLOB NOT NULL, PRIMARY KEY (stage, version, parameters, digest)
) STRICT;
CREATE INDEX result_by_media ON result (media);
CREATE TABLE run (id TEXT PRIMARY KEY, digest TEXT NOT NULL, sealed_key BLOB NOT NULL) STRICT;

CREATE TABLE person (id TEXT PRIMARY KEY, number INTEGER NOT NULL, sealed_key BLOB NOT NULL) STRICT;
CREATE TABLE consent (
    person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE, digest TEXT NOT NULL, number INTEGER NOT NULL,
    sealed BLOB NOT NULL, PRIMARY KEY (person, digest)
) STRICT;
CREATE TABLE original (
    id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE, sealed BLOB NOT NULL
) STRICT;
CREATE TABLE blob (
    sha256 TEXT NOT NULL, person TEXT NOT NULL, media TEXT NOT NULL, address TEXT NOT NULL UNIQUE,
    PRIMARY KEY (sha256, person, media)
) STRICT;

CREATE TABLE examination (
    original TEXT NOT NULL, media TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (original, media)
) STRICT, WITHOUT ROWID;
CREATE TABLE finding (id TEXT PRIMARY KEY, person TEXT NOT NULL, media TEXT NOT NULL, content BLOB NOT NULL) STRICT;
CREATE TABLE measure (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, content BLOB NOT NULL) STRICT;
CREATE TABLE confirmation (number INTEGER PRIMARY KEY, finding TEXT NOT NULL, content BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE statement (number INTEGER PRIMARY KEY, finding TEXT NOT NULL, content BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE answer (
    number INTEGER PRIMARY KEY, scope TEXT NOT NULL, person TEXT, content BLOB NOT NULL, UNIQUE (scope, content)
) STRICT;
CREATE TABLE notice (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, content BLOB NOT NULL) STRICT;
CREATE TABLE notice_finding (
    notice TEXT NOT NULL REFERENCES notice (id) ON DELETE CASCADE, finding TEXT NOT NULL, PRIMARY KEY (notice, finding)
) STRICT, WITHOUT ROWID;
CREATE TABLE event (
    number INTEGER PRIMARY KEY, notice TEXT NOT NULL REFERENCES notice (id) ON DELETE CASCADE, content BLOB NOT NULL,
    UNIQUE (notice, content)
) STRICT;
CREATE TABLE release (finding TEXT NOT NULL, key TEXT NOT NULL, time TEXT NOT NULL, PRIMARY KEY (finding, key)) STRICT;

CREATE TABLE ledger (seq INTEGER PRIMARY KEY, line BLOB NOT NULL) STRICT;
CREATE TABLE opening (
    seq INTEGER NOT NULL, field TEXT NOT NULL, person TEXT, content BLOB NOT NULL, PRIMARY KEY (seq, field)
) STRICT;
