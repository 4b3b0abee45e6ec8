"""NeoCaptcha's contract: the Sites API, and verification.

Source: NeoCaptcha's documentation, "Sites API" (4/12/2026).
"""
