"""Credentials that somebody found: the product's own contract, modelled on GitHub's.

Source: https://docs.github.com/en/rest/credentials/revoke
"""
