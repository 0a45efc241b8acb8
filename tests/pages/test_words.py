"""Words that pages share."""

import pytest

from pages.ui.result_charts import bar_label
from pages.ui.words import percent


@pytest.mark.parametrize(("share", "words"), [
    (0.817, "82 %"), (0.005, "0.5 %"), (0.0049, "0.5 %"), (0.995, "99.5 %"), (0.9961, "99.6 %"), (1.0, "100 %"),
    (0.0, "0 %"), (0.9996, ">99.9 %"), (1 - 1e-9, ">99.9 %"), (0.0004, "<0.1 %"), (1e-12, "<0.1 %")])
def test_no_share_is_told_as_all_or_nothing_that_is_neither(share: float, words: str) -> None:
    assert percent(share) == words


def test_bars_tell_tenths_and_never_all_of_what_is_not_quite_all() -> None:
    assert [bar_label(share) for share in (0.817, 0.9996, 0.0004, 1.0)] == [
        "81.7 %", "&gt;99.9 %", "&lt;0.1 %", "100 %"]
