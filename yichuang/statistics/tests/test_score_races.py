"""The same form of indicators, sent several times at once."""

from yichuang.cases.tests.crowd import together
from yichuang.statistics.models import IndicatorSet
from yichuang.statistics.tests.test_scores import put


def test_the_same_form_sent_six_times_at_once_makes_one_set(committed: dict[str, str]) -> None:
    found = together([lambda: put().pk for _ in range(6)])
    assert len(set(found)) == 1, found
    assert IndicatorSet.objects.count() == 1
