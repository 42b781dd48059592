"""The demo's ratings and complaints are loaded once."""

import pytest

from yichuang.feedback.models import Complaint, FollowUp, Rating
from yichuang.feedback.tests import factories as make
from yichuang.home.commands.demo_feedback import load_feedback
from yichuang.journal.queries import head

pytestmark = pytest.mark.django_db


def test_what_is_there_is_not_loaded_again() -> None:
    make.rated(5)
    before = (Rating.objects.count(), FollowUp.objects.count(), Complaint.objects.count(), head())
    for _ in range(2):
        assert load_feedback(at=make.AT) == ""
    assert (Rating.objects.count(), FollowUp.objects.count(), Complaint.objects.count(), head()) == before


def test_a_complaint_alone_is_enough_to_leave_it() -> None:
    make.complaint()
    assert load_feedback(at=make.AT) == ""
    assert (Rating.objects.count(), Complaint.objects.count()) == (0, 1)
