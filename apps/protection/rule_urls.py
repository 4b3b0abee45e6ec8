"""The pages about access rules."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from apps.protection import rule_import_views, rule_list_views, rule_views, suggestion_views


class HandleConverter(StringConverter):
    """A rule's handle: 64 hexadecimal digits."""

    regex = "[0-9a-f]{64}"


register_converter(HandleConverter, "handle")

urlpatterns = [
    path("", rule_list_views.rule_list, name="rules"),
    path("new", rule_views.new_rule, name="new_rule"),
    path("import", rule_import_views.import_list, name="import_rules"),
    path("groups", rule_list_views.rule_groups, name="rule_groups"),
    path("groups/<path:group>/delete", rule_views.delete_rule_group, name="delete_rule_group"),
    path("check", rule_list_views.check_rules, name="check_rules"),
    path("suggestions", suggestion_views.suggestion_list, name="suggestions"),
    path("suggestions/apply", suggestion_views.apply_suggestions, name="apply_suggestions"),
    path("suggestions/<uuid:suggestion_id>/dismiss", suggestion_views.dismiss_suggestion, name="dismiss_suggestion"),
    path("<handle:handle>/", rule_views.rule, name="rule"),
    path("<handle:handle>/edit", rule_views.edit_rule, name="edit_rule"),
    path("<handle:handle>/delete", rule_views.delete_rule, name="delete_rule"),
    path("<handle:handle>/restore", rule_views.restore_rule, name="restore_rule"),
]
