"""The app's tables, each beside what it is about."""

from apps.protection.rule_models import Rule as Rule
from apps.protection.rule_models import RuleBook as RuleBook
