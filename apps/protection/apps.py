from django.apps import AppConfig


class ProtectionConfig(AppConfig):
    name = "apps.protection"
    label = "protection"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from apps.protection import housekeeping  # once models are loaded
        from apps.protection.geography import require_databases
        from apps.tasks import schedule

        require_databases()
        schedule.add(*housekeeping.SCHEDULE)
