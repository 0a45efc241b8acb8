"""Which picture the page Augment shows, and its preview as training draws it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.data.dataset import Sample
from core.errors import PlaygroundError
from core.jobs.orders import FindLr, Prepare, Train
from core.jobs.previews import Preview, PreviewRequest
from core.training import presets
from core.training.recipe import Recipe
from core.vision.architectures import IMAGENET_SIZE, usual_size
from pages.ui import augment_board, dataset_view, frame, session
from pages.ui.session import Chosen

Members = dict[str, tuple[Sample, ...]]     # training pictures by class

THUMBNAILS = 10
DRAWS = "augment-draws"             # how often a new draw was asked for; a reload may begin anew
# A thumbnail is its own button: the button lies over it, seen only by its edge.
STYLE = """<style>
[class*="st-key-augment-pick-"] {position: relative}
[class*="st-key-augment-pick-"] img {aspect-ratio: 1; object-fit: cover; width: 100%; border-radius: 6px}
[class*="st-key-augment-pick-"] [class*="st-key-augment-show-"] {position: absolute; inset: 0; width: 100%}
[class*="st-key-augment-show-"] * {width: 100%; height: 100%}
[class*="st-key-augment-show-"] button {min-height: 0; padding: 0; opacity: 0}
[class*="st-key-augment-show-"] button > * {visibility: hidden}
[class*="st-key-augment-show-"] button, [class*="st-key-augment-show-"] button:is(:hover, :focus) {
  background: transparent; border-width: 3px}
[class*="st-key-augment-show-"] button:is([kind="primary"], :hover, :focus-visible) {opacity: 1}
</style>"""


def picture(chosen: Chosen) -> Sample:
    """The training picture that the address names, else the first one."""
    members = _training(chosen)
    wanted = st.query_params.get("picture")
    everything = [sample for samples in members.values() for sample in samples]
    return next((sample for sample in everything if sample.id == wanted), everything[0])


def picture_choice(chosen: Chosen, current: Sample) -> None:
    """A class, and a strip of its training pictures to click on."""
    st.html(STYLE)
    members = _training(chosen)
    shown = members[current.label]
    place = shown.index(current)
    first = place - place % THUMBNAILS
    key = f"augment-class-{chosen.entry.id}"
    st.session_state[key] = current.label
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Look at another picture", list(members), key=key, on_change=_show_class, args=(key, members),
                     width=260, help="Pictures that the network learns from (training). Those it is tested with are "
                                     "never varied.")
        _turn_page("Earlier pictures", "chevron_left", shown, first - THUMBNAILS)
        _turn_page("More pictures", "chevron_right", shown, first + THUMBNAILS)
        st.caption(f"{place + 1:,} of {len(shown):,}", width="content")
    with st.grid(THUMBNAILS, min_column_width=56, gap="xsmall"):
        for number, sample in enumerate(shown[first:first + THUMBNAILS], first + 1):
            with st.container(key=f"augment-pick-{number}"):
                st.image(chosen.stored.thumbnail(sample).read_bytes(), width="stretch", alt=f"Picture {number}")
                st.button(f"Picture {number}", key=f"augment-show-{number}", on_click=_show, args=(sample.id,),
                          type="primary" if sample == current else "secondary")


def new_draw(chosen: Chosen) -> None:
    """The button that asks for other chances, and what it is that one sees."""
    size, first, drawn = square_pixels(chosen), first_epoch(chosen.recipe), _drawn_from(chosen.recipe) is not None
    st.caption("Rest on a variant to see here what it shows; the dot is its upper left corner. "
               f"{size} × {size} pixels, exactly as training " + (
                   f"draws them for its rounds (epochs) {first + 1} to {first + augment_board.VARIANTS}."
                   if drawn else "a stage with varied pictures would draw them."))
    st.button("New draw", icon=":material/casino:", on_click=_draw_anew, key="augment-new-draw",
              help="Other chances, the same strengths. The recipe stays as it is.")


def show(chosen: Chosen, sample: Sample, original: DeltaGenerator, variants: DeltaGenerator) -> None:
    """Draw the preview into its two places; while the process that draws has to start, their outlines stand there."""
    st.html(augment_board.STYLE)
    if session.office().previews.pid is None:
        original.html(augment_board.blank_original())
        variants.html(augment_board.blank_variants())
    try:
        drawn = preview(chosen, sample)
    except PlaygroundError as error:
        original.html(augment_board.blank_original())
        with variants:
            frame.told(error)
        return
    original.html(augment_board.original(drawn))
    variants.html(augment_board.variants(drawn))


def preview(chosen: Chosen, sample: Sample) -> Preview:
    """As training draws it, epoch by epoch. Raises BadPicture, MachineFault."""
    recipe = chosen.recipe
    request = PreviewRequest(
        file=chosen.stored.original(sample), pixels=sample.width * sample.height,
        row=[known.id for known in chosen.stored.catalogue.samples].index(sample.id), spec=recipe.augmentation,
        preprocessing=recipe.preprocessing.at(square_pixels(chosen)), first_epoch=first_epoch(recipe),
        count=augment_board.VARIANTS)
    return _drawn(chosen.entry.id, sample.id, request.model_dump_json())


def first_epoch(recipe: Recipe) -> int:
    """The epoch over the whole run, from 0, that the first variant is of: at first the first one with variants."""
    before = recipe.stages[:_drawn_from(recipe) or 0]
    return sum(stage.epochs for stage in before) + int(st.session_state.get(DRAWS, 0)) * augment_board.VARIANTS


def square_pixels(chosen: Chosen) -> int:
    """A side of the square: the recipe's, else what a job with the same network found to suit, else a usual one."""
    recipe = chosen.recipe
    if size := recipe.stages[-1].size:
        return size
    for job in session.office().desk.jobs(session.visitor(), dataset=chosen.entry.id):
        if not isinstance(job.order, Prepare | FindLr | Train):
            continue
        asked = job.order.recipe
        if asked.model == recipe.model and asked.stages[-1].size is None and job.run.recipe.is_file():
            return _found_size(str(job.run.recipe))
    return usual_size(recipe.model.weights, session.office().settings.offline)


# A job writes its recipe once, with all that was left open filled in.
@st.cache_data(max_entries=256, show_spinner=False)
def _found_size(file: str) -> int:
    try:
        return presets.load(file).stages[-1].size or IMAGENET_SIZE
    except PlaygroundError:
        return IMAGENET_SIZE


@st.cache_data(max_entries=64, show_spinner=False)
def _drawn(dataset: str, sample: str, request: str) -> Preview:
    return session.office().previews.draw(PreviewRequest.model_validate_json(request))


def _drawn_from(recipe: Recipe) -> int | None:
    """The first stage that meets variants."""
    return next((at for at, stage in enumerate(recipe.stages) if stage.draws), None)


def _training(chosen: Chosen) -> Members:
    examples = dataset_view.divided(chosen, chosen.recipe.split).examples
    return {label: tuple(sample for sample, part in members if part == "train")
            for label, members in examples.items()}


def _turn_page(label: str, icon: str, shown: tuple[Sample, ...], first: int) -> None:
    there = 0 <= first < len(shown)
    st.button("", icon=f":material/{icon}:", help=label, key=f"augment-{icon}", disabled=not there,
              on_click=_show, args=(shown[first].id if there else "",))


def _show(id: str) -> None:
    st.query_params["picture"] = id


def _show_class(key: str, members: Members) -> None:
    _show(members[st.session_state[key]][0].id)


def _draw_anew() -> None:
    st.session_state[DRAWS] = st.session_state.get(DRAWS, 0) + 1
