"""`POST /siteverify`, which two vendors have at the same path: what the body calls the solution tells them apart.

`token` is Prosopo's, `response` Private Captcha's.
"""
