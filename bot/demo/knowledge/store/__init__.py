"""What the server keeps in SQLite: conversations with their messages."""
