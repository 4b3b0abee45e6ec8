"""The models of this app, where Django looks for them."""

from apps.protection.rule_models import Rule as Rule
from apps.protection.rule_models import RuleBook as RuleBook
from apps.protection.spent_models import Challenge as Challenge
