"""What is kept: token files, the owner's own key, and a database, be it SQLite or PostgreSQL."""
