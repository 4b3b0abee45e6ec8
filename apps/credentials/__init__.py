"""Credentials: how a token looks, how it is held in memory, how it is stored.

Vocabulary beneath every app that mints one (`sites`, `api_keys`, `accounts`); it has no models.
"""
