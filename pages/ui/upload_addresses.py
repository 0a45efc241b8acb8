"""Pictures from the web: lists of addresses are dropped or pasted, counted before anything is fetched, handed in."""

from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.errors import BadSource, PlaygroundError
from core.jobs.collected import Addresses, Collected
from core.jobs.orders import FetchAddresses
from core.web import lists
from core.web.lists import Listed, Pair, Sifted
from pages.ui import session
from pages.ui.upload_drafts import being_read
from pages.ui.upload_memory import free
from pages.ui.words import amount, plain

SNIPPET = Path(__file__).parent / "snippets" / "collect.js"
MOST_ROWS_PIXELS = 320
MOST_LIST_MB = lists.MOST_LIST_BYTES // 1_000_000
LIST = """\
https://example.org/bears/teddy-1.jpg
https://example.org/bears/teddy-2.jpg"""
TABLE = """\
address,class
https://example.org/1.jpg,teddy
https://example.org/2.jpg,black"""
STEPS = """\
1. Search for pictures of one class in your browser, or open any page that is full of them. Scroll down until you have
   seen enough: a page knows only what it has loaded.
2. Open the browser's console: **Ctrl+Shift+J** in Chrome and Edge, **Ctrl+Shift+K** in Firefox; on a Mac
   **Cmd+Option+J** and **Cmd+Option+K**.
3. Paste these lines and press Enter. A browser may first ask you to type *allow pasting*.
4. A text file is saved, named after what you searched for. Rename it to the class, and drop it here. Then the next
   class."""
HONESTLY = """\
It reads the addresses on that page, saves them on your computer, and does nothing else: paste only what you can read.
Search pages change, so it may one day find small previews or nothing. And pictures belong to those who made them: to
learn with them on your own is one thing, to publish them another, so look at their licences."""


def addresses() -> None:
    """The way in."""
    if session.settings().offline:
        st.info("This playground works without a network, so it cannot fetch pictures from the web. Bring them in as a "
                "zip or a folder.", icon=":material/cloud_off:")
        return
    with st.container(horizontal=True, gap="large"):
        with st.container(width=560):
            st.file_uploader("Drop lists of addresses here, or choose them: one text file for each class",
                             type=["txt", "csv", "tsv"], accept_multiple_files=True, max_upload_size=MOST_LIST_MB,
                             key=_key(), on_change=_took, args=(_key(),))
            _paste()
        with st.container(width="stretch"):
            st.caption("How the list `teddy.txt` looks: one address a line. Its name becomes the name of the class.")
            st.code(LIST, language=None)
            with st.expander("Are the classes in one table?"):
                st.code(TABLE, language=None)
                st.caption("Then one CSV is enough: a column of addresses, and one of classes.")
            with st.expander("How do I collect addresses?"):
                st.markdown(STEPS)
                st.code(SNIPPET.read_text(encoding="utf-8"), language="javascript", height=240)
                st.caption(HONESTLY)
    draft = _draft()
    being_read(draft)            # what has come is let go of
    if pairs := draft.read().pairs:
        _counted(lists.sifted(pairs, session.settings()))


def begun() -> float:
    """When something was last dropped or pasted, in seconds since 1970; 0 where nothing waits."""
    draft = _draft()
    return draft.changed if not session.settings().offline and draft.read().pairs else 0.0


def _paste() -> None:
    with st.expander("Or paste them, one class after another"), st.form("paste", border=False):
        st.text_input("Class", key="paste-class", placeholder="teddy")
        st.text_area("Addresses, one a line", key="paste-addresses", height=140,
                     placeholder="https://example.org/bears/teddy-1.jpg")
        st.form_submit_button("Add this class", on_click=_pasted)


def _counted(found: Sifted) -> None:
    """How many of which class, what is doubled and what cannot be used; then the button that fetches them."""
    with st.container(border=True):
        counts = found.counts()
        st.markdown(f"**{amount(len(found.rows), 'picture')}** to fetch, in "
                    f"{len(counts)} {'class' if len(counts) == 1 else 'classes'}")
        _classes(counts)
        if found.doubled:
            st.caption(f"{amount(found.doubled, 'line')} more, doubled: each address counts once.")
        if found.refused:
            with st.expander(f"{len(found.refused):,} cannot be used: which, and why"):
                st.dataframe({"address": [address for address, _ in found.refused],
                              "why": [why for _, why in found.refused]}, hide_index=True)
        lacking = _lacking(found)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Bring them in", type="primary", disabled=lacking is not None, on_click=_hand_in)
            st.button("Start over", type="tertiary", key="addresses-anew", on_click=_draft().drop_all)
            st.caption(f"{plain(lacking.problem)} {plain(lacking.remedy)}" if lacking is not None else
                       "Each picture is fetched from the server that its address names, which sees who asks: "
                       "this playground.")


def _classes(counts: dict[str, int]) -> None:
    with st.container(height=MOST_ROWS_PIXELS if len(counts) > 8 else "content", border=False, gap=None):
        for place, (label, count) in enumerate(counts.items()):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{plain(label)} :gray[{count:,}]", width="content")
                st.button("Remove", key=f"remove-{place}", type="tertiary", icon=":material/close:", on_click=_remove,
                          args=(label,), help=f"Leave {plain(label)} out")


def _lacking(found: Sifted) -> PlaygroundError | None:
    try:
        lists.require_enough(found, session.settings())
    except PlaygroundError as error:
        return error
    return None


def _took(key: str) -> None:
    """Read what was dropped into the draft and free its memory; the uploader is empty again afterwards."""
    if key != _key():
        return       # taken already: a run that is broken off by the next one has its callbacks called again
    arrived = st.session_state[key]
    uploaded = [each for each in arrived if isinstance(each, UploadedFile)]
    if not arrived:
        return
    try:
        if len(uploaded) < len(arrived):
            raise BadSource("A list was let go of, since nobody came for it.", remedy="Choose it again.")
        for each in uploaded:
            _add(lists.pairs_in(each.name, each.getvalue()), each.name)
    except PlaygroundError as error:
        st.session_state["refused"] = error
    finally:
        free(uploaded)
        st.session_state["lists-dropped"] = st.session_state.get("lists-dropped", 0) + 1


def _pasted() -> None:
    label, text = st.session_state["paste-class"].strip(), st.session_state["paste-addresses"]
    try:
        if not label:
            raise BadSource("The class has no name.", remedy="Write what the pictures show into the field 'Class'.")
        if not (pairs := lists.pairs_of(label, text)):
            raise BadSource(f"There is no address for '{label}'.", remedy="Paste addresses, one a line.")
        _add(pairs)
    except PlaygroundError as error:
        st.session_state["refused"] = error
    else:
        st.session_state["paste-class"] = st.session_state["paste-addresses"] = ""


def _add(pairs: tuple[Pair, ...], *files: str) -> None:
    draft = _draft()
    standing = draft.read()
    joined = lists.joined(standing.pairs, pairs, session.settings())
    draft.keep(Collected(pairs=joined, files=(*standing.files, *files)))


def _remove(label: str) -> None:
    """`label` is as it is shown: tidied."""
    draft = _draft()
    standing = draft.read()
    kept = tuple(pair for pair in standing.pairs if lists.tidied(pair.label) != label)
    try:
        draft.keep(Collected(pairs=kept, files=standing.files))
    except PlaygroundError as error:
        st.session_state["refused"] = error


def _hand_in() -> None:
    """Into the queue; a list that is just being fetched is shown in the place of a second job."""
    settings, draft = session.settings(), _draft()
    standing = draft.read()
    found = lists.sifted(standing.pairs, settings)
    try:
        lists.require_enough(found, settings)
        file = lists.write(Listed(name=standing.name, rows=found.rows), settings.uploads)
        desk, visitor = session.office().desk, session.visitor()
        same = (job for job in desk.jobs(visitor, kind="fetch") if not job.over
                and isinstance(job.order, FetchAddresses) and job.order.source == str(file))
        job = next(same, None) or session.submit(
            FetchAddresses(source=str(file), name=standing.name, addresses=len(found.rows)))
    except PlaygroundError as error:
        st.session_state["refused"] = error
    else:
        draft.hand_to(job.id)
        st.query_params.from_dict({"job": job.id})


def _draft() -> Addresses:
    return Addresses(session.settings())


def _key() -> str:
    """Another key is another uploader: so it is emptied."""
    return f"upload-lists-{st.session_state.get('lists-dropped', 0)}"
