from django.apps import AppConfig


class ProtectionConfig(AppConfig):
    name = "apps.protection"
    label = "protection"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apps.protection import housekeeping, rule_housekeeping  # once models are loaded
        from apps.protection.geography import require_databases
        from apps.tasks import schedule, site_work
        from apps.tasks.kinds import Kind

        require_databases()
        schedule.add(*housekeeping.SCHEDULE, *rule_housekeeping.SCHEDULE)
        site_work.add_worker(Kind.RULES_DELETE, rule_housekeeping.delete_group)
