"""The balance, with the key in the query: the one address here that takes a key there (ASVS 14.2.1)."""

from django.conf import settings

from apps.api.contract import Call
from apps.api.nocaptchaai.contracts import BALANCE_STATUSES, balance_api
from apps.api.nocaptchaai.schemas import Balance, Plan
from apps.credits.operations import get_balance


@balance_api.endpoint(
    "GET",
    "/balance",
    summary="Get the balance of a key's account",
    answer=Balance,
    permission="getBalance",
    statuses=BALANCE_STATUSES,
)
def get_balance_of_key(call: Call) -> Balance:
    """How many credits the account can spend, and what a task costs."""
    credits_now = get_balance(call.actor)
    plan = Plan("credits", settings.OCR_PRICE, credits_now.reserved)
    return Balance(credits_now.available, call.key.account.name, plan)
