"""Addresses of the newsroom: contributions with their drafts and photos, numbers of the words, suggestions."""

from django.urls import URLPattern, path

from yichuang.reports.pages import contribute, contribution, numbers, suggestions

_CONTRIBUTE = "desk/reports/contribute"
_ONE = "desk/reports/<uuid:report_id>"

urlpatterns: list[URLPattern] = [
    path(_CONTRIBUTE, contribute.contribute, name="desk-report-contribute"),
    path(f"{_CONTRIBUTE}/read", contribute.read_in, name="desk-report-contribute-read"),
    path(
        f"{_CONTRIBUTE}/drafts/<uuid:contribution_draft_id>/discard",
        contribute.discard,
        name="desk-report-contribute-discard",
    ),
    path(
        f"{_CONTRIBUTE}/drafts/<uuid:contribution_draft_id>/photos/<int:photo_place>",
        contribution.draft_photo,
        name="desk-report-draft-photo",
    ),
    path(f"{_CONTRIBUTE}/<uuid:contribution_id>", contribution.contribution, name="desk-report-contribution"),
    path(f"{_CONTRIBUTE}/<uuid:contribution_id>/withdraw", contribute.withdraw, name="desk-report-withdraw"),
    path(
        f"{_CONTRIBUTE}/<uuid:contribution_id>/photos/<int:photo_place>",
        contribution.photo,
        name="desk-report-photo",
    ),
    path(f"{_ONE}/numbers", numbers.numbers, name="desk-report-numbers"),
    path(f"{_ONE}/numbers/bind", numbers.bind, name="desk-report-numbers-bind"),
    path(f"{_ONE}/suggestions", suggestions.suggestions, name="desk-report-suggestions"),
    path(f"{_ONE}/suggestions/take", suggestions.take, name="desk-report-suggestion-take"),
    path(f"{_ONE}/suggestions/hide", suggestions.hide, name="desk-report-suggestion-hide"),
]
