"""The database backend: Django's for PostgreSQL, with statements that the server prepares."""
