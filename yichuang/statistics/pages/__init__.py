"""Pages of figures: for everybody, for the desk, and the totals brought forward."""

from django.urls import URLPattern, path

from yichuang.statistics.pages import (
    analysis,
    balance,
    carried,
    checks,
    desk,
    durations,
    efficiency,
    indicators,
    public,
    scores,
)

urlpatterns: list[URLPattern] = [
    path("figures", public.figures, name="figures"),
    path("figures.csv", public.figures_csv, name="figures-csv"),
    path("figures/definitions", public.definitions, name="figures-definitions"),
    path("desk/figures", desk.figures, name="desk-figures"),
    path("desk/figures.csv", desk.figures_csv, name="desk-figures-csv"),
    path("desk/figures/cases", desk.cases, name="desk-figures-cases"),
    path("desk/figures/cases.csv", desk.cases_csv, name="desk-figures-cases-csv"),
    path("desk/figures/balance", balance.balance, name="desk-balance"),
    path("desk/figures/balance.csv", balance.balance_csv, name="desk-balance-csv"),
    path("desk/figures/late", checks.came_late, name="desk-figures-late"),
    path("desk/figures/late.csv", checks.came_late_csv, name="desk-figures-late-csv"),
    path("desk/figures/recounts", checks.recounted, name="desk-figures-recounts"),
    path("desk/analysis", analysis.analysis, name="desk-analysis"),
    path("desk/analysis.csv", analysis.analysis_csv, name="desk-analysis-csv"),
    path("desk/durations", durations.overview, name="desk-durations"),
    path("desk/durations/cases", durations.cases, name="desk-durations-cases"),
    path("desk/figures/efficiency", efficiency.overview, name="desk-efficiency"),
    path("desk/figures/efficiency.csv", efficiency.overview_csv, name="desk-efficiency-csv"),
    path("desk/figures/efficiency/cases", efficiency.cases, name="desk-efficiency-cases"),
    path("desk/figures/efficiency/cases.csv", efficiency.cases_csv, name="desk-efficiency-cases-csv"),
    path("desk/figures/efficiency/items", efficiency.items, name="desk-efficiency-items"),
    path("desk/figures/scores", scores.places, name="desk-scores"),
    path("desk/figures/scores.csv", scores.places_csv, name="desk-scores-csv"),
    path("desk/figures/scores/department/<uuid:score_department_id>", scores.place, name="desk-scores-of"),
    path("desk/figures/scores/indicators", indicators.indicators, name="desk-indicators"),
    path("desk/figures/scores/indicators/save", indicators.save, name="desk-indicators-save"),
    path("desk/figures/scores/entries", indicators.entered, name="desk-indicator-entries"),
    path("desk/figures/scores/entries/enter", indicators.enter, name="desk-indicator-enter"),
    path("desk/figures/brought-forward", carried.entries, name="brought-forward"),
    path("desk/figures/brought-forward/enter", carried.enter, name="brought-forward-enter"),
    path(
        "desk/figures/brought-forward/<uuid:entry_id>/cancel", carried.cancel, name="brought-forward-cancel"
    ),
]
