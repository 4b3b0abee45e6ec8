from django.apps import AppConfig


class OcrConfig(AppConfig):
    name = "apps.ocr"
    label = "ocr"
    default_auto_field = "django.db.models.BigAutoField"
