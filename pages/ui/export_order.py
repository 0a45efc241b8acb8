"""Having a zip made of a training's network: what may be chosen, how far it is, and why it could not be made."""

import streamlit as st

from core.errors import PlaygroundError
from core.jobs.entries import Job
from core.jobs.orders import Export, Train
from core.runs.story import Story
from pages.ui import exported, frame, live, session
from pages.ui.dataset_pack import size

REFUSED = "export refused"       # session_state: why the last click began nothing; until the next
HALF, PICTURES = "export half", "export pictures"
HALF_WORDS = ("The weights are rounded (float16), and the files take half the space: GitHub's page, for one, takes "
              "files of up to 25 MB. What that costs in accuracy is measured and written down, and is mostly nothing.")
PICTURES_WORDS = ("Up to eight small validation pictures, right and wrong ones, beside the words on how good it is. "
                  "Whoever gets the zip sees them.")
COPIES = 2                       # of the weights in a zip: for ONNX, and for PyTorch


def show(training: Job, exports: tuple[Job, ...]) -> None:
    """The newest export as it goes on; otherwise what may be chosen, and the button."""
    newest = exports[0] if exports else None
    if newest is not None and not newest.over:
        with st.container(border=True, key="export-under-way"):
            st.markdown("The zip is made, unpacked in an empty place, and asked about every validation picture. You "
                        "need not wait here.")
            live.watch(newest, _progress)
        return
    if newest is not None and newest.state != "finished":
        _told_end(newest)
    _order(training, _last(exports), again=any(exported.parcel(job) for job in exports))


def _last(exports: tuple[Job, ...]) -> Export | None:
    """What was ordered last: whoever left the pictures out is not to send them along by another tab."""
    return next((job.order for job in exports if isinstance(job.order, Export)), None)


def _order(training: Job, last: Export | None, again: bool) -> None:
    with st.container(border=True, key="export-order"):
        half = st.toggle("Weights of half the size", value=last is not None and last.half, key=HALF,
                         persist_state="session", help=HALF_WORDS)
        st.toggle("Example pictures on the model card", value=last is None or last.pictures, key=PICTURES,
                  persist_state="session", help=PICTURES_WORDS)
        if (refused := st.session_state.pop(REFUSED, None)) is not None:
            frame.told(refused)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Make another zip" if again else "Make the zip", type="secondary" if again else "primary",
                      icon=":material/folder_zip:", key="export", on_click=_submit, args=(training,))
            st.caption(f"About {_expected(training, half)}. It takes half a minute, and more with many pictures.",
                       width="content")


def _expected(training: Job, half: bool) -> str:
    return size(COPIES * training.run.weights.stat().st_size // (2 if half else 1))


def _progress(job: Job, story: Story) -> None:
    st.progress(story.fraction_in_hand, text=live.doing(job, story).capitalize())
    live.stop_button(job, "Stop", "It stops within seconds, and leaves nothing behind.")


def _told_end(job: Job) -> None:
    """Why there is no zip. What the desk keeps of it names no place on the server to strangers."""
    if job.state == "cancelled":
        st.markdown(f":material/stop_circle: **Stopped.** {frame.plain(job.why_stopped) or 'Nothing was made.'}")
        return
    frame.told(PlaygroundError(job.problem or "The zip could not be made.", remedy=job.remedy or "Try it once more."))


def _submit(training: Job) -> None:
    assert isinstance(training.order, Train)
    try:
        session.submit(Export(dataset=training.order.dataset, training=training.id, half=st.session_state[HALF],
                              pictures=st.session_state[PICTURES]), training.dataset)
    except PlaygroundError as error:
        st.session_state[REFUSED] = error
