"""What tasks can do."""

from django.db import models


class Kind(models.TextChoices):
    """What a task does with each of its items."""

    SITES_CREATE = "sites.create", "Create sites"
    SITES_UPDATE = "sites.update", "Change sites"
    SITES_DELETE = "sites.delete", "Delete sites"
    RULES_DELETE = "rules.delete", "Delete groups of access rules"
