"""Django's backend for PostgreSQL, with web requests that do not wait for a server which has stopped answering."""
