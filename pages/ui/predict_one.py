"""One photo: the answer, large, beside what the network saw of it; below, why, and the way to put it right."""

from collections.abc import Sequence

import streamlit as st

from core.jobs.orders import Train
from core.jobs.photo_answers import Said, Unreadable
from core.jobs.photos import Photos
from pages.ui import colours, frame, predict_known, predict_label, predict_why, session, sure_words
from pages.ui.closer_picture import with_crop
from pages.ui.explain import explain
from pages.ui.predict_drop import OPEN
from pages.ui.predict_shown import DONT_KNOW, Answered, below
from pages.ui.predict_training import Answering
from pages.ui.words import plain, short, unbroken_percent

BARS = 5                     # classes with a bar
FEWEST_PIXELS = 32           # of a side
TINY = "This photo is too small to tell much: the network saw it blown up."
PICTURE_HEIGHT = 300         # pixels, whatever the photo's shape
WHOLE = {"crop": "Your photo. The network saw what lies in the frame.",
         "squish": "Your photo. The network saw it squeezed to a square.",
         "pad": "Your photo. The network saw all of it, with black bars to make it square."}
STYLE = f"""<style>
[class*="st-key-predict-photo"] img {{height: {PICTURE_HEIGHT}px; width: 100%; object-fit: contain;
  background: rgba(128, 136, 150, .10); border-radius: .5rem}}
</style>"""


def show(answering: Answering, answered: Sequence[Answered], one: Answered) -> None:
    """`answered`: all of them, to go through those that could be read."""
    if len(answered) > 1:
        _way_through([each for each in answered if isinstance(each.said, Said) or each is one], one)
    if isinstance(one.said, Unreadable):
        _unreadable(one, one.said)
        return
    st.html(STYLE)
    photo, square, answer = st.columns([5, 3, 5], gap="medium")
    how = _how(answering)
    with photo, st.container(key="predict-photo"):
        st.image(with_crop(one.said.photo) if how == "crop" else one.said.photo, width="stretch", alt=one.photo.name,
                 caption=f"{WHOLE[how]} {one.said.width:,} × {one.said.height:,} pixels")
    with square, st.container(key="predict-photo-square"):
        st.image(one.said.square, width="stretch", caption="What the network saw", alt="What the network saw")
    with answer:
        _answer(one.said, answering.classes)
        if min(one.said.width, one.said.height) < FEWEST_PIXELS:
            st.caption(f":material/photo_size_select_small: {TINY}")
        if part := predict_known.part_of(answering, one.photo):
            st.caption(f":orange[:material/history:] {predict_known.WORDS[part]}")
        predict_label.form(answering, one)
    predict_why.show(answering, one)         # last: it takes longest


def _answer(said: Said, classes: tuple[str, ...]) -> None:
    best = said.ranked[0]
    name = plain(short(classes[best], 60))
    with st.container(key="predict-answer", gap="xsmall"):
        if said.refused:
            st.header(DONT_KNOW, anchor=False)
            st.markdown(f"Best guess: **{name}**, {below(said.probabilities[best], said.threshold)}. Below "
                        f"{sure_words.percent(said.threshold or 0)} this network is to keep silent.")
        else:
            st.header(name, anchor=False)
    with st.container(gap="xsmall", key="predict-bars"):
        for place in said.ranked[:BARS]:
            _bar(classes[place], said.probabilities[place], colours.of_class(place))
    rest = len(classes) - BARS
    if rest > 0:
        left = 1 - sum(said.probabilities[place] for place in said.ranked[:BARS])
        st.caption(f"The other {rest:,} share {unbroken_percent(max(0.0, left))}." if rest > 1 else
                   f"The other one has {unbroken_percent(max(0.0, left))}.")
    if said.refused:
        explain("probability", "threshold", label="How sure is that?")
    else:
        explain("probability", "softmax", label="How sure is that?")


def _bar(name: str, share: float, colour: str) -> None:
    """A name as Markdown, and a bar that knows only a number and a colour of ours."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.markdown(plain(short(name, 24)), width=150)
        st.html(f'<div style="height:10px;border-radius:5px;background:rgba(128,136,150,.22);overflow:hidden">'
                f'<div style="height:100%;width:{100 * share:.2f}%;background:{colour}"></div></div>', width="stretch")
        st.markdown(unbroken_percent(share), width=62, text_alignment="right")


def _way_through(answered: Sequence[Answered], one: Answered) -> None:
    keys = [each.photo.key for each in answered]
    place = keys.index(one.photo.key)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(f"All {len(answered):,} photos", icon=":material/grid_view:", key="predict-all", on_click=_open,
                  args=(None,))
        st.button("Previous", icon=":material/chevron_left:", key="predict-before", disabled=place == 0,
                  on_click=_open, args=(keys[max(0, place - 1)],))
        st.button("Next", icon=":material/chevron_right:", icon_position="right", key="predict-next",
                  disabled=place == len(keys) - 1, on_click=_open, args=(keys[min(len(keys) - 1, place + 1)],))
        st.caption(f"{place + 1:,} of {len(answered):,} · {frame.plain(short(one.photo.name, 60))}", width="stretch")
        if not isinstance(one.said, Unreadable):
            _remove_button("Remove this photo", one)


def _unreadable(one: Answered, said: Unreadable) -> None:
    st.error(f"**{frame.plain(one.photo.name)} cannot be looked at.** {frame.plain(said.problem)} "
             f"{frame.plain(said.remedy)}", icon=":material/broken_image:")
    _remove_button("Remove it", one)


def _remove_button(label: str, one: Answered) -> None:
    if st.button(label, icon=":material/delete:", key="predict-remove", type="tertiary"):
        Photos(session.settings()).remove(one.photo.key)
        st.query_params.pop(OPEN, None)
        st.rerun()


def _how(answering: Answering) -> str:
    assert isinstance(answering.job.order, Train)
    return answering.job.order.recipe.preprocessing.how


def _open(key: str | None) -> None:
    if key is None:
        st.query_params.pop(OPEN, None)
    else:
        st.query_params[OPEN] = key

