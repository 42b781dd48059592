"""Writes of the directory. Every change of rights leaves a fact on the subject that it changes."""

from yichuang.directory.commands.applicants import (
    ApplicantForm,
    applicant_commitment,
    forget_applicant,
    load_regions,
    open_applicant_account,
    save_applicant,
)
from yichuang.directory.commands.experts import declare_relation, end_relation, save_expert
from yichuang.directory.commands.experts_import import Imported, import_experts
from yichuang.directory.commands.office import DepartmentForm, save_department, save_post, save_staff
from yichuang.directory.commands.reach import StandInForm, arrange_stand_in, end_stand_in
from yichuang.directory.commands.tokens import MadeToken, make_token, note_use, revoke_token
from yichuang.directory.rules.experts import ExpertForm

__all__ = [
    "ApplicantForm",
    "DepartmentForm",
    "ExpertForm",
    "Imported",
    "MadeToken",
    "StandInForm",
    "applicant_commitment",
    "arrange_stand_in",
    "declare_relation",
    "end_relation",
    "end_stand_in",
    "forget_applicant",
    "import_experts",
    "load_regions",
    "make_token",
    "note_use",
    "open_applicant_account",
    "revoke_token",
    "save_applicant",
    "save_department",
    "save_expert",
    "save_post",
    "save_staff",
]
