"""The noise lab: a copy with hidden faults to hunt, and how well it went."""

import secrets

import streamlit as st

from core.cleaning import noise
from core.cleaning.noise import Hunt, Secret
from core.cleaning.payoff import Score
from core.data.dataset import Sample
from core.errors import PlaygroundError
from core.jobs.orders import BringIn
from pages.ui import clean_desk, clean_payoff, frame, session
from pages.ui.clean_desk import Cleaning
from pages.ui.session import Chosen
from pages.ui.words import amount

LEAST_PERCENT, USUAL_PERCENT, MOST_PERCENT = 5, 10, 20
SHOWN = 16
WHAT = """
How much do wrong labels harm, and how well do you find them? Try it on a copy of your pictures, in which some training
labels are secretly swapped for others. Look through it as through your own, correct what you think is wrong, and then
see how many you have caught, and how much accuracy that won back. Your own pictures stay as they are.
"""


def show(at_hand: Cleaning) -> None:
    if (error := st.session_state.pop(clean_desk.REFUSED, None)) is not None:
        frame.told(error)
    try:
        secret = noise.read(at_hand.chosen.stored.path)
    except PlaygroundError as error:
        frame.told(error)
        return
    if secret is None:
        _begin(at_hand)
    else:
        _hunt(at_hand, secret)


def _begin(at_hand: Cleaning) -> None:
    st.markdown(WHAT)
    split = at_hand.division.split
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        percent = st.slider("Labels to swap", LEAST_PERCENT, MOST_PERCENT, USUAL_PERCENT, format="%d %%", width=320,
                            key="noise-percent")
        st.button("Hide faults in a copy", type="primary", icon=":material/science:", key="noise-begin",
                  disabled=split is None, on_click=_make, args=(percent,))


def _hunt(at_hand: Cleaning, secret: Secret) -> None:
    found = noise.hunt(secret, at_hand.chosen.stored.catalogue, at_hand.edits)
    train = sum(sample.part == "train" for sample in at_hand.chosen.stored.catalogue.samples)
    st.markdown(f"**{found.hidden} of {train:,} training labels of this copy are wrong.** You have changed "
                f"{amount(len(found.changed), 'training picture')} so far. The other views show where to look; the "
                "pictures to check with are all labelled as they were.")
    with st.container(horizontal=True):
        if not secret.told:
            st.button("How well did I do?", type="primary", icon=":material/visibility:", key="noise-tell",
                      on_click=_tell, help="Shows which labels were swapped. You cannot hunt them any more afterwards.")
        st.button("Back to my own pictures", key="noise-back", on_click=_back, args=(secret.base,))
    if secret.told:
        _result(at_hand, secret, found)


def _result(at_hand: Cleaning, secret: Secret, found: Hunt) -> None:
    precision = "–" if found.precision is None else f"{100 * found.precision:.0f} %"
    doubted = {finding.sample for finding in at_hand.found.findings if finding.reason == "label"}
    doubted &= {sample.id for sample in at_hand.chosen.stored.catalogue.samples if sample.part == "train"}
    hit = len(doubted & secret.truth.keys())
    st.dataframe({
        "": ["You", "The finder's doubts alone"],
        "changed or doubted": [len(found.changed), len(doubted)],
        "really wrong (precision)": [f"{precision} · {len(found.caught)} of {len(found.changed)}",
                                     f"{100 * hit / max(1, len(doubted)):.0f} % · {hit} of {len(doubted)}"],
        "caught of all hidden (recall)": [f"{100 * found.recall:.0f} % · {len(found.caught)} of {found.hidden}",
                                          f"{100 * hit / found.hidden:.0f} % · {hit} of {found.hidden}"],
    }, hide_index=True)
    _won_back(at_hand, secret)
    samples = {sample.id: sample for sample in at_hand.chosen.stored.catalogue.samples}
    _gallery(at_hand, "Missed", [samples[id] for id in sorted(found.missed)], secret)
    _gallery(at_hand, "Changed, though it was right", [samples[id] for id in sorted(found.changed - found.caught)],
             secret)


def _won_back(at_hand: Cleaning, secret: Secret) -> None:
    """The error with the wrong labels, as it is now, and with none."""
    try:
        now = clean_payoff.asked(at_hand)
        clean = clean_payoff.asked(at_hand, noise.without_flips(secret, at_hand.chosen.stored.catalogue))
    except PlaygroundError as error:
        st.caption(f":material/info: The accuracy cannot be shown. {frame.plain(error.problem)}")
        return
    if now is None or clean is None:
        return
    noisy, hunted, right = now.before, now.now_by_old_ruler, clean.now_by_old_ruler
    st.markdown(f"Wrong with the hidden faults: **{clean_payoff.in_words(noisy)}**  \n"
                f"Wrong after your hunt: **{clean_payoff.in_words(hunted)}**  \n"
                f"Wrong with every label right: **{clean_payoff.in_words(right)}**")
    st.markdown(_share_won(noisy, hunted, right))


def _share_won(noisy: Score, hunted: Score, right: Score) -> str:
    lost = noisy.wrong - right.wrong
    if lost <= 0:
        return "The wrong labels did this head no harm that so few pictures to check with could show."
    return f"You won back **{noisy.wrong - hunted.wrong} of the {lost}** that the wrong labels had cost."


def _gallery(at_hand: Cleaning, title: str, samples: list[Sample], secret: Secret) -> None:
    if not samples:
        return
    st.markdown(f"**{title}** · {len(samples)}")
    with st.grid(8, min_column_width=110, gap="xsmall"):
        for sample in samples[:SHOWN]:
            with st.container(gap="xsmall"):
                st.image(at_hand.chosen.stored.thumbnail(sample).read_bytes(), width="stretch")
                truth = secret.truth.get(sample.id)
                st.caption(f"{frame.plain(sample.label)}" + (f", is {frame.plain(truth)}" if truth else ""))


# ---- what the buttons do

def _make(percent: int) -> None:
    chosen = session.chosen()
    if chosen is None:
        return
    try:
        _opened_copy(chosen, percent / 100)
    except PlaygroundError as error:
        st.session_state[clean_desk.REFUSED] = error


def _opened_copy(chosen: Chosen, share: float) -> None:
    desk, visitor = session.office().desk, session.visitor()
    desk.require_room(visitor, BringIn(source=chosen.entry.folder, name=chosen.entry.name))
    division = clean_desk.divided_now(chosen)
    copy = noise.hidden_copy(chosen.stored, chosen.dataset, division, share, secrets.randbelow(2**32),
                             session.settings().datasets)
    size_bytes = sum(sample.size_bytes for sample in copy.catalogue.samples)
    entry = desk.shelve(visitor, copy.path.name, copy.catalogue.name, size_bytes, chosen.recipe)
    desk.confirm(visitor, entry.id)


def _tell() -> None:
    chosen = session.chosen()
    secret = noise.read(chosen.stored.path) if chosen is not None else None
    if chosen is not None and secret is not None:
        secret.model_copy(update={"told": True}).save(chosen.stored.path)


def _back(folder: str) -> None:
    desk, visitor = session.office().desk, session.visitor()
    entry = next((entry for entry in desk.datasets(visitor) if entry.folder == folder), None)
    if entry is None:
        st.toast("The pictures that this is a copy of were deleted.", icon=":material/info:")
    else:
        desk.choose(visitor, entry.id)
