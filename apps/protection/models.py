"""The app's tables, each beside what it is about."""

from apps.protection.record_models import CaptchaRecord as CaptchaRecord
from apps.protection.rule_models import Rule as Rule
from apps.protection.rule_models import RuleBook as RuleBook
from apps.protection.spent_models import Challenge as Challenge
from apps.protection.suggestion_models import Suggestion as Suggestion
from apps.protection.traffic_models import TrafficDay as TrafficDay
from apps.protection.traffic_models import TrafficHour as TrafficHour
from apps.protection.traffic_models import TrafficMinute as TrafficMinute
