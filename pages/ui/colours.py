"""The colours that mean something, the same in charts, edges and badges. Readable on light and dark ground."""

RIGHT = "#2563eb"      # blue and orange stay apart for colour-blind eyes
WRONG = "#ea7317"
UNSURE = "#8b919c"
ACCENT = "#0f766e"     # primaryColor of .streamlit/config.toml; neither right nor wrong
LINE = "#0d9488"       # the accent as thin lines in charts: a contrast of 3.7 on white, 4.8 on the dark ground

# A class keeps its colour everywhere. Chosen from Tol's and Okabe and Ito's palettes so that the next one is as far as
# can be from all before it (CIE Lab) in normal, protan, deutan and tritan sight; 12 is where that stops being possible.
CLASS_COLOURS = ("#aa3377", "#66ccee", "#999933", "#6a5acd", "#117733", "#ee6677",
                 "#ddcc77", "#ffaabb", "#cc79a7", "#e69f00", "#009e73", "#0072b2")


def of_class(index: int) -> str:
    """The colour of the class at this place in the order of classes; from the thirteenth on they come again."""
    return CLASS_COLOURS[index % len(CLASS_COLOURS)]
