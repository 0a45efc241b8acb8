"""Shares as people read them, on pages and in what leaves the playground."""


def percent(share: float) -> str:
    """A share from 0 to 1, such as "82 %", "99.6 %" or ">99.9 %": 0 and 100 are said of nothing that is neither."""
    whole = round(100 * share)
    if 0 < whole < 100 or share in (0, 1):
        return f"{whole} %"
    tenths = f"{100 * share:.1f}"
    return {"0.0": "<0.1", "100.0": ">99.9"}.get(tenths, tenths) + " %"
