"""NoCaptchaAI's API: text in images, read by a general engine.

The wire contract is described in `docs/compatibility.md`.
"""
