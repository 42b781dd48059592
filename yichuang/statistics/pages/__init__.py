"""Pages of figures: for everybody, for the desk, and the totals brought forward."""

from django.urls import URLPattern, path

from yichuang.statistics.pages import carried, desk, public

urlpatterns: list[URLPattern] = [
    path("figures", public.figures, name="figures"),
    path("figures.csv", public.figures_csv, name="figures-csv"),
    path("figures/definitions", public.definitions, name="figures-definitions"),
    path("desk/figures", desk.figures, name="desk-figures"),
    path("desk/figures.csv", desk.figures_csv, name="desk-figures-csv"),
    path("desk/figures/cases", desk.cases, name="desk-figures-cases"),
    path("desk/figures/cases.csv", desk.cases_csv, name="desk-figures-cases-csv"),
    path("desk/figures/brought-forward", carried.entries, name="brought-forward"),
    path("desk/figures/brought-forward/enter", carried.enter, name="brought-forward-enter"),
    path(
        "desk/figures/brought-forward/<uuid:entry_id>/cancel", carried.cancel, name="brought-forward-cancel"
    ),
]
