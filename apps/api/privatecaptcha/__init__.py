"""Private Captcha's contract: organizations, their properties (this product's sites), and tasks.

Source: https://docs.privatecaptcha.com, "Platform API".
"""
