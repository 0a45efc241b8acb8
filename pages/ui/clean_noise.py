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
SHOWN = 48
STYLE = """<style>[class*="st-key-noise-gallery-"] img {aspect-ratio: 1; object-fit: cover; width: 100%}</style>"""
WHAT = """
How much do wrong labels harm, and how well do you find them? Try it on a copy of your pictures, in which some training
labels are secretly swapped for others. Look through it as through your own, correct what you think is wrong, and then
see how many you have caught, and how much accuracy that won back. Your own pictures stay as they are.
"""


def banner(at_hand: Cleaning) -> None:
    """In every view of a copy: what the game is, and the way back."""
    secret = _secret(at_hand)
    if secret is None:
        return
    found = noise.hunt(secret, at_hand.chosen.stored.catalogue, at_hand.edits)
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="noise-banner"):
        st.markdown(f":material/science: **Noise lab.** {found.hidden} labels of this copy are swapped. You have "
                    f"changed {amount(len(found.changed), 'training picture')}.", width="stretch")
        st.button("Back to my own pictures", key="noise-back", on_click=_back, args=(secret.base,), width="content")


def show(at_hand: Cleaning) -> None:
    secret = _secret(at_hand)
    if secret is None:
        _begin(at_hand)
    else:
        _hunt(at_hand, secret)


def _secret(at_hand: Cleaning) -> Secret | None:
    try:
        return noise.read(at_hand.chosen.stored.path)
    except PlaygroundError as error:
        frame.told(error)
        return None


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
    st.markdown(f"**{found.hidden} of {train:,} training labels of this copy were swapped.** Hunt them in the other "
                "views: correct what you think is wrong. The pictures to check with are all labelled as they were.")
    if secret.told:
        _result(at_hand, secret, found)
        return
    with st.popover("How well did I do?", icon=":material/visibility:",
                    type="primary" if found.changed else "secondary"):
        st.markdown("This shows which labels were swapped, and ends the hunt.")
        st.button("Show me", type="primary", key="noise-tell", on_click=_tell)


def _result(at_hand: Cleaning, secret: Secret, found: Hunt) -> None:
    precision = "–" if found.precision is None else f"{100 * found.precision:.0f} %"
    doubted = {finding.sample for finding in at_hand.found.findings if finding.reason == "label"}
    doubted &= {sample.id for sample in at_hand.chosen.stored.catalogue.samples if sample.part == "train"}
    hit = len(doubted & secret.truth.keys())
    st.dataframe({
        "": ["You", "The finder's doubts alone"],
        "changed or doubted": [len(found.changed), len(doubted)],
        "of these, swapped (precision)": [f"{precision} · {len(found.caught)} of {len(found.changed)}",
                                     f"{100 * hit / max(1, len(doubted)):.0f} % · {hit} of {len(doubted)}"],
        "caught of all swapped (recall)": [f"{100 * found.recall:.0f} % · {len(found.caught)} of {found.hidden}",
                                          f"{100 * hit / found.hidden:.0f} % · {hit} of {found.hidden}"],
        "given their true label": [f"{len(found.put_right)}", ""],
    }, hide_index=True)
    _won_back(at_hand, secret)
    samples = {sample.id: sample for sample in at_hand.chosen.stored.catalogue.samples}
    _gallery(at_hand, "Missed", [samples[id] for id in sorted(found.missed)], secret)
    _gallery(at_hand, "Changed, and not one of the swapped ones (it may have been wrong before)",
             [samples[id] for id in sorted(found.changed - found.caught)], secret)


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
    st.markdown(f"Wrong with the swapped labels: **{clean_payoff.in_words(noisy)}**  \n"
                f"Wrong after your hunt: **{clean_payoff.in_words(hunted)}**  \n"
                f"Wrong without any swapped label: **{clean_payoff.in_words(right)}**")
    st.markdown(_share_won(noisy, hunted, right))


def _share_won(noisy: Score, hunted: Score, right: Score) -> str:
    lost, won = noisy.wrong - right.wrong, noisy.wrong - hunted.wrong
    few = f"Of {amount(noisy.total, 'picture')} to check with, a few more or less may be chance."
    if lost <= 0:
        return f"The swapped labels did this head no harm that could be seen. {few}"
    if won < 0:
        return (f"The swapped labels cost {amount(lost, 'right answer')}; after your changes there are "
                f"{amount(-won, 'wrong answer')} more than before. {few}")
    return f"You won back **{won} of the {amount(lost, 'right answer')}** that the swapped labels had cost. {few}"


def _gallery(at_hand: Cleaning, title: str, samples: list[Sample], secret: Secret) -> None:
    if not samples:
        return
    shown = "" if len(samples) <= SHOWN else f", the first {SHOWN}"
    st.html(STYLE)
    st.markdown(f"**{title}** · {len(samples)}{shown}")
    with st.container(key=f"noise-gallery-{len(title)}"), st.grid(8, min_column_width=110, gap="xsmall"):
        for sample in samples[:SHOWN]:
            with st.container(gap="xsmall"):
                clean_desk.thumbnail(at_hand.chosen.stored, sample, sample.label)
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
        st.session_state[clean_desk.SAID_ONCE] = "The pictures that this is a copy of were deleted."
    else:
        desk.choose(visitor, entry.id)
