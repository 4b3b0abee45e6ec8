"""A process of its own that spends solutions: reads site, delay and solutions from its input, writes what it was told.

It waits for an empty line before it begins, so that several begin together.
"""

import json
import os
import sys
from datetime import timedelta


def main() -> None:
    """Spend each solution once; print a list of outcomes."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from apps.audit import clock
    from apps.protection.verifying import verify_solution
    from apps.sites.models import Site

    asked = json.loads(sys.stdin.readline())
    site = Site.objects.get(pk=asked["site"])
    print("ready", flush=True)
    sys.stdin.readline()
    with clock.at(clock.now() + timedelta(seconds=10)):
        print(json.dumps([verify_solution(site, solution).outcome for solution in asked["solutions"]]), flush=True)
    sys.stdin.readline()  # until it is told to end, or killed


if __name__ == "__main__":
    main()
