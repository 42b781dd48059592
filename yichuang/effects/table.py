"""When this fact, do that. One line a fact; every effect is safe to run twice."""

from collections.abc import Mapping

from procrastinate.tasks import Task

from yichuang.effects.bulk_told import tell_bulk_act
from yichuang.effects.jobs import forget_files, sign_report, tell_applicant, tell_consulted, tell_holder

EFFECTS: Mapping[str, tuple[Task[..., None, ...], ...]] = {
    "case.filed": (tell_applicant,),
    "case.correction_asked": (tell_applicant,),
    "case.correction_answered": (tell_holder,),
    "case.accepted": (tell_applicant,),
    "case.refused": (tell_applicant,),
    "case.paused": (tell_applicant,),
    "case.pause_overrun": (tell_applicant, tell_holder),
    "case.resumed": (tell_applicant,),
    "case.extended": (tell_applicant,),
    "case.handed_over": (tell_holder,),
    "case.decided": (tell_applicant,),
    "case.delivered": (tell_applicant,),
    "case.withdrawn": (tell_applicant, tell_holder),
    "case.terminated": (tell_applicant,),
    "case.recomputed": (tell_applicant, tell_holder),
    "case.transferred": (tell_applicant,),
    "case.content_destroyed": (forget_files,),
    "opinion.asked": (tell_consulted,),
    "opinion.reminded": (tell_consulted,),
    "opinion.answered": (tell_consulted,),
    "opinion.silent": (tell_consulted,),
    "opinion.withdrawn": (tell_consulted,),
    "opinion.recomputed": (tell_consulted,),
    "bulk_act.ended": (tell_bulk_act,),
    "bulk_act.cancelled": (tell_bulk_act,),
    "report.issued": (sign_report,),
}
