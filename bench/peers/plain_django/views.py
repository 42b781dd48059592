"""The pages: a list of a department's work, one case, the figures."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Count, Sum
from django.utils.timezone import localdate
from django.views.generic import DetailView, ListView, TemplateView

from bench.peers.plain_django.models import Application, Case, Daily, Department, Fact, Work

PAGE = 25
IN_HAND = ("review", "second", "countersign", "decide", "deliver")
ENDED = ("delivered", "refused", "terminated")


def own_department(view: Any) -> UUID:
    """The department of whoever is signed in."""
    found: UUID = view.request.user.post.department_id
    return found


class Desk(LoginRequiredMixin, ListView):  # type: ignore[type-arg]
    """The work of a department by due day, or what it has ended, newest first; numbers on the tabs."""

    template_name = "plain/desk.html"
    context_object_name = "rows"

    def get_queryset(self) -> Any:
        """A page of rows with their cases and applicants."""
        tab = self.request.GET.get("tab", "in_hand")
        if tab == "done":
            cases = Case._default_manager.filter(department_id=own_department(self), state__in=ENDED)
            return cases.select_related("department", "applicant").order_by("-id")[:PAGE]
        found = Work._default_manager.filter(department_id=own_department(self)).select_related(
            "case__department", "case__applicant"
        )
        found = found.filter(kind="accept") if tab == "to_accept" else found.filter(kind__in=IN_HAND)
        if self.request.GET.get("overdue"):
            found = found.filter(due_on__lt=localdate())
        return found.order_by("due_on", "case_id")[:PAGE]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The numbers of the tabs."""
        counted = (
            Work._default_manager.filter(department_id=own_department(self))
            .values("kind")
            .annotate(number=Count("case"))
        )
        tab = self.request.GET.get("tab", "in_hand")
        return super().get_context_data(counts=list(counted), tab=tab, today=localdate(), **kwargs)


class OneCase(LoginRequiredMixin, DetailView):  # type: ignore[type-arg]
    """A case with its history and what was filed."""

    template_name = "plain/case.html"
    context_object_name = "case"

    def get_queryset(self) -> Any:
        """Cases of the own department alone."""
        found = Case._default_manager.filter(department_id=own_department(self))
        return found.select_related("department", "applicant")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """History, answers, open work."""
        case = self.object
        filed = Application._default_manager.filter(case_id=case.pk).first()
        return super().get_context_data(
            facts=Fact._default_manager.filter(subject_id=case.pk).order_by("seq"),
            work=Work._default_manager.filter(case_id=case.pk).first(),
            answers=json.loads(filed.answers) if filed else {},
            **kwargs,
        )


class Figures(LoginRequiredMixin, TemplateView):
    """The year by type and by department, from the daily figures."""

    template_name = "plain/figures.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Totals and a trend."""
        today = localdate()
        year = Daily._default_manager.filter(day__gte=today.replace(month=1, day=1))
        return super().get_context_data(
            types=year.values("item_type", "kind").annotate(total=Sum("count")).order_by("item_type", "kind"),
            departments=year.values("department_id", "kind").annotate(total=Sum("count")),
            trend=Daily._default_manager.filter(day__gte=today - timedelta(days=30))
            .values("day", "kind")
            .annotate(total=Sum("count"))
            .order_by("day"),
            names=dict(Department._default_manager.values_list("id", "short_name")),
            **kwargs,
        )
