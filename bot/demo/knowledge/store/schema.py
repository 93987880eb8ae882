"""The tables of conversations and messages. Lists and documents are kept as JSON."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (
    id TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    fail_reason TEXT,
    shared_with TEXT NOT NULL DEFAULT '[]',
    archived_by TEXT,
    deleted_by TEXT,
    errors TEXT NOT NULL DEFAULT '[]',
    model TEXT NOT NULL DEFAULT 'null',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_activity_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS conversations_of_an_owner ON conversations (owner, last_activity_at);
CREATE TABLE IF NOT EXISTS messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    citations TEXT NOT NULL DEFAULT '[]',
    confidence TEXT,
    follow_ups TEXT NOT NULL DEFAULT '[]',
    feedback TEXT NOT NULL DEFAULT '[]',
    parts TEXT NOT NULL DEFAULT '[]',
    model TEXT NOT NULL DEFAULT 'null',
    attempt INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_of_a_conversation ON messages (conversation_id, position);
"""
