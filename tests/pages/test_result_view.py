"""How a view of the results page runs by itself."""

from streamlit.testing.v1 import AppTest

from tests.pages.reading import text


def failing() -> None:
    """As an app: a view that fails half-way, on a page that goes on."""
    from types import SimpleNamespace

    import streamlit as st

    from core.errors import BadRun
    from pages.ui.exhibit import Exhibit
    from pages.ui.result_view import by_itself

    @by_itself
    def show(exhibit: Exhibit) -> None:
        st.markdown("before it")
        raise BadRun("The file is *damaged*.", remedy="Train again.")

    show(SimpleNamespace(job=SimpleNamespace(grant=None)))  # type: ignore[arg-type]
    st.markdown("after it")


def test_a_view_that_fails_keeps_what_stands_and_tells_problem_and_remedy() -> None:
    page = AppTest.from_function(failing).run(timeout=60)
    assert not page.exception
    assert "before it" in text(page) and "after it" in text(page)
    assert page.error[0].value == r"**The file is \*damaged\*\.** Train again\."
