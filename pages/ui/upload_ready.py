"""Well-known data sets, fetched from their makers: what each holds, how much of it is wanted, and the button."""

from collections.abc import Callable

import streamlit as st

from core.data import ready
from core.data.ready import ReadySet
from core.jobs.orders import BringIn
from pages.ui import session

HandIn = Callable[[BringIn], None]


def sets(hand_in: HandIn) -> None:
    """A card for each."""
    st.subheader("Ready-made sets", anchor=False)
    st.caption("They are downloaded from their makers, once for this playground: that takes a network, and minutes.")
    if session.settings().offline:
        st.caption(":material/cloud_off: This playground is set to use no network, so only a set that was downloaded "
                   "before can be taken. Whoever started it can allow the network with PLAYGROUND_OFFLINE=0.")
    with st.grid(3, min_column_width=300):
        for known in ready.SETS:
            with st.container(border=True, height="stretch", key=f"ready-{known.name}"):
                _card(known, hand_in)


def _card(known: ReadySet, hand_in: HandIn) -> None:
    max_files = session.settings().max_files
    most, usual = known.most_per_class(max_files), known.usual_per_class(max_files)
    st.markdown(f"**{known.title}**  \n{known.sentence}")
    st.caption(f"{known.pictures:,} pictures in {known.classes} classes · {known.download_bytes / 1e6:,.0f} MB to "
               f"download · [where it comes from]({known.source}) · {known.licence}")
    st.space("stretch")
    per_class = st.number_input("Pictures of each class, at most", 2, most, usual, key=f"ready-count-{known.name}",
                                help=f"Up to {most:,} may be taken here. They are drawn by chance, always the same "
                                     "ones. Fewer are learned from sooner." if most < known.largest_class else
                                     "All of them, unless you take fewer: those are drawn by chance, always the same "
                                     "ones, and learned from sooner.")
    missing = session.settings().offline and not known.fetched(session.settings().home)
    st.button(f"Take the {known.short}", key=f"take-{known.name}", disabled=missing,
              help="It was not downloaded yet, which takes a network." if missing else None,
              on_click=_take, args=(known, per_class, hand_in))


def _take(known: ReadySet, per_class: int, hand_in: HandIn) -> None:
    hand_in(BringIn(source=known.name, ready=per_class, name=known.title))
