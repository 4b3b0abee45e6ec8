"""The models of this app, where Django looks for them."""

from apps.protection.spent_models import Challenge as Challenge
