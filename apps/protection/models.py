"""The models of this app, each in a module of its own."""

from apps.protection.record_models import CaptchaRecord as CaptchaRecord
from apps.protection.traffic_models import TrafficDay as TrafficDay
from apps.protection.traffic_models import TrafficHour as TrafficHour
from apps.protection.traffic_models import TrafficMinute as TrafficMinute
