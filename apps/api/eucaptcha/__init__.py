"""EU Captcha's contract: sitekeys, their permissions and secrets, statistics, and verification.

Source: EU Captcha's documentation, "Sitekeys API", "API Authentication" and "Verify"; and what its published
client for Python (myra-eucaptcha 0.1.5) sends and expects.
"""
