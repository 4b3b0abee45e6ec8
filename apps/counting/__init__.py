"""Noting beside requests: notes wait in memory, a thread writes them, rows are added to exactly. It has no models."""
