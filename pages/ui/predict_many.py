"""Many photos: what the network says of each, as pictures, as a table, and as a file; those that it could not read."""

from collections.abc import Sequence

import streamlit as st

from core.data.safe_names import safe_name
from core.inference import answer_table
from core.jobs.photo_answers import Said, Unreadable
from core.jobs.photos import Photos
from pages.ui import colours, session
from pages.ui.predict_drop import OPEN
from pages.ui.predict_shown import DONT_KNOW, Answered, as_answer, headline
from pages.ui.predict_training import Answering
from pages.ui.words import amount, plain, short

A_PAGE = 24
CARDS_A_ROW = 6
NARROWEST = 150              # pixels of a card
TABLE_HEIGHT = 420           # pixels
SHOWN_BAD = 10               # files that could not be read, before they are folded
WAYS = ("Pictures", "Table")
# The card's button covers it with an invisible sheet, so that a click on the picture is a click on the button.
STYLE = f"""<style>
[class*="st-key-photo-"] {{border: 1px solid rgba(128, 136, 150, .28); border-left: 5px solid rgba(128, 136, 150, .28);
  border-radius: .5rem; padding: .6rem .6rem .35rem; gap: .35rem; position: relative}}
[class*="st-key-photo-unsure"] {{border-left-color: {colours.UNSURE}}}
[class*="st-key-photo-answered"] {{border-left-color: {colours.ACCENT}}}
[class*="st-key-photo-"]:hover {{border-color: rgba(128, 136, 150, .7)}}
[class*="st-key-photo-"] * {{position: static}}
[class*="st-key-photo-"] [data-testid="stElementToolbar"] {{display: none}}
[class*="st-key-photo-"] img {{aspect-ratio: 1; width: 100%; object-fit: cover; border-radius: .3rem}}
[class*="st-key-photo-"] p {{overflow: hidden; text-overflow: ellipsis; white-space: nowrap}}
[class*="st-key-photo-"] [data-testid="stElementContainer"] {{min-width: 0}}
[class*="st-key-photo-"] button p {{position: absolute; clip-path: inset(50%); width: 1px}}
[class*="st-key-photo-"] button::after {{content: ""; position: absolute; inset: 0; border-radius: .5rem}}
[class*="st-key-photo-"] button:focus-visible::after {{outline: 2px solid currentColor}}
</style>"""


def show(answering: Answering, answered: Sequence[Answered]) -> None:
    read = [one for one in answered if isinstance(one.said, Said)]
    _bad([one for one in answered if isinstance(one.said, Unreadable)])
    if not read:
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        way = st.segmented_control("Show", WAYS, default=WAYS[0], required=True, key="predict-way",
                                   label_visibility="collapsed", persist_state="session")
        st.markdown(_counted(answering, read), width="stretch")
        st.download_button("Download CSV", lambda: _csv(answering, answered), _file_name(answering), "text/csv",
                           icon=":material/download:", on_click="ignore")
    if way == WAYS[0]:
        _gallery(answering, read)
    else:
        _table(answering, read)


def _counted(answering: Answering, read: Sequence[Answered]) -> str:
    """How often it said what, as Markdown."""
    said = [one.said for one in read if isinstance(one.said, Said)]
    answers = [each.ranked[0] for each in said if not each.refused]
    counts = sorted({place: answers.count(place) for place in answers}.items(), key=lambda pair: -pair[1])
    words = [f"**{plain(short(answering.classes[place], 20))}** {count:,}" for place, count in counts[:4]]
    if len(counts) > 4:
        words.append(f"others {sum(count for _, count in counts[4:]):,}")
    if unsure := len(said) - len(answers):
        words.append(f"{DONT_KNOW} {unsure:,}")
    return f"{amount(len(read), 'photo')}: {' · '.join(words)}"


def _gallery(answering: Answering, read: Sequence[Answered]) -> None:
    pages = -(-len(read) // A_PAGE)
    st.html(STYLE)
    shown = st.container()
    page = st.pagination(pages, key="predict-page") if pages > 1 else 1
    with shown, st.grid(CARDS_A_ROW, min_column_width=NARROWEST, gap="xsmall"):
        for one in read[(page - 1) * A_PAGE:page * A_PAGE]:
            _card(answering, one)


def _card(answering: Answering, one: Answered) -> None:
    assert isinstance(one.said, Said)
    with st.container(key=f"photo-{'unsure' if one.said.refused else 'answered'}-{one.photo.key}"):
        st.image(one.said.photo, width="stretch", alt=one.photo.name)
        with st.container(horizontal=True, vertical_alignment="center", wrap=False, gap="xsmall",
                          horizontal_alignment="distribute"):
            st.markdown(headline(one.said, answering.classes))
            st.button("Look closer", icon=":material/zoom_in:", type="tertiary", key=f"open {one.photo.key}",
                      on_click=_open, args=(one.photo.key,))
        st.caption(plain(short(one.photo.name, 40)))


def _table(answering: Answering, read: Sequence[Answered]) -> None:
    said = [one.said for one in read if isinstance(one.said, Said)]
    classes = answering.classes
    columns: dict[str, list[object]] = {
        "file": [one.photo.name for one in read],
        "prediction": [classes[each.ranked[0]] for each in said],
        "probability": [each.probabilities[each.ranked[0]] for each in said],
        "second guess": [classes[each.ranked[1]] for each in said],
        "its probability": [each.probabilities[each.ranked[1]] for each in said]}
    if any(each.threshold is not None for each in said):
        columns[DONT_KNOW] = [each.refused for each in said]
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(columns, height=TABLE_HEIGHT, hide_index=True, key="predict-table",
                 column_config={"probability": share, "its probability": share})
    st.caption("A click on a column's name sorts by it. The file has the probability of every class.")


def _bad(bad: Sequence[Answered]) -> None:
    """Files that could not be read, with their reasons: the others have their answers all the same."""
    if not bad:
        return
    with st.expander(f":orange[:material/broken_image:] {amount(len(bad), 'file')} could not be read",
                     expanded=len(bad) <= SHOWN_BAD):
        for one in bad:
            assert isinstance(one.said, Unreadable)
            st.markdown(f"**{plain(short(one.photo.name, 60))}** · {plain(one.said.problem)} "
                        f":gray[{plain(one.said.remedy)}]")
        if st.button("Remove these", icon=":material/delete:", key="predict-remove-bad", type="tertiary"):
            photos = Photos(session.settings())
            for one in bad:
                photos.remove(one.photo.key)
            st.rerun()


def _csv(answering: Answering, answered: Sequence[Answered]) -> bytes:
    return answer_table.to_csv([as_answer(one, answering.classes) for one in answered], answering.classes)


def _file_name(answering: Answering) -> str:
    return f"{safe_name(answering.outcome.document.name)}-answers.csv"


def _open(key: str) -> None:
    st.query_params[OPEN] = key
