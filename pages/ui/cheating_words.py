"""What was found of shortcuts, in a beginner's words: verdicts, their evidence, and what to try."""

from typing import Literal

from core.interpretation.shortcuts import Clue, ClueName, Masked, Shortcuts, Standing, Verdict
from pages.ui.words import plain

BADGES: dict[Verdict, tuple[str, str, str]] = {     # word, icon, colour of Streamlit's
    "unknown": ("cannot be told", ":material/help:", "gray"), "fine": ("fine", ":material/check:", "blue"),
    "look": ("worth a look", ":material/visibility:", "orange"),
    "cheating": ("probably cheating", ":material/warning:", "red")}
HEADLINES: dict[Verdict, str] = {
    "unknown": "There are too few pictures to tell, or the network knows too little",
    "fine": "No sign of cheating",
    "look": "There is something worth a look",
    "cheating": "It is probably cheating"}
BELOW: dict[Verdict, str] = {
    "unknown": "Come back with more pictures: about a dozen of each class, and twenty to check with, are the least "
               "that these checks need.",
    "fine": "That is good news and no proof: there are shortcuts that nobody has thought of.",
    "look": "It need not be a fault. See below what it is, and whether it belongs to the thing itself.",
    "cheating": "Something that is not the thing itself gives the classes away. On pictures without it the network may "
                "fail, however high its accuracy is here."}
NAMES: dict[ClueName, str] = {"brightness": "Brightness", "colour": "Mean colour", "size": "Size in pixels",
                              "shape": "Width to height", "format": "File type", "together": "All of these together"}
# What to do about a clue that tells the classes apart.
TRY: dict[ClueName, str] = {
    "brightness": "Add pictures of each class in every light, or turn up the light in the augmentation: then "
                  "brightness is no longer worth learning. If light belongs to the classes (day and night), all is "
                  "well.",
    "colour": "Does colour belong to the thing (bananas are yellow), or to its background? In the second case take "
              "pictures of each class before the same backgrounds.",
    "size": "The classes seem to come from different sources. The network sees traces of size as blur. Take pictures "
            "of each class from the same places, or save all of them at one size.",
    "shape": "The classes seem to come from different cameras or were cropped differently. When pictures are squeezed "
             "or padded to squares, that shows. Take pictures of each class in the same way.",
    "format": "The classes seem to come from different sources. Compression leaves traces that a network can see. Save "
              "all pictures in one format, from sources as good as each other.",
    "together": "No single one is enough, but together they tell much. Compare where the classes' pictures come from."}
TOO_LITTLE = "Too few pictures to check with, or a network that hardly knows more than the largest class."
THROWN_OFF = ("Either half painted over throws it off as much: the paint itself disturbs it, as it would where light "
              "or colour is what it goes by. So this tells nothing of where it looks.")
CENTRE: dict[Verdict, str] = {
    "fine": "Without the middle, where the thing usually is, it does worse. That is as it should be.",
    "look": "It does nearly as well without the middle of the picture, or leans on the border more than on the middle.",
    "cheating": "It is as good as ever without the middle of the picture, and worse without the border: it looks at "
                "the surroundings."}
BORDER: dict[Verdict, str] = {
    "fine": "Without the border it still knows most of what it knew.",
    "look": "Without the border it loses most of what it knew: much of it may come from the surroundings."}
TRY_MASKS = ("Look at the pictures above: what is left of them that could tell? Then add pictures of each class before "
             "many backgrounds, or cut the pictures closer to the thing. The view “Where it looks” shows single ones.")


def badge(verdict: Verdict) -> str:
    """As Markdown."""
    word, icon, colour = BADGES[verdict]
    return f":{colour}-badge[{icon} {word}]"


def below(found: Shortcuts) -> str:
    """What the headline rests on."""
    if found.verdict != "fine":
        return BELOW[found.verdict]
    clues = "light, colour, size, shape and file type"
    if all(found.of_clue(clue) == "unknown" for clue in found.clues):
        grounds = "The pictures' borders do not give the classes away; whether anything else does cannot be told."
    elif found.of_centre == "unknown":
        grounds = f"The pictures' {clues} do not give the classes away; where the network looks cannot be told."
    else:
        grounds = f"Neither the pictures' {clues} nor their borders give the classes away."
    return f"{grounds} {BELOW['fine']}"


def of_clue(clue: Clue, found: Shortcuts) -> str:
    """One sentence on a clue and its grounds."""
    luck = "that could be luck" if clue.p >= 0.01 else "that is hardly luck"
    return (f"Alone it is right in {percent(clue.score)} ({percent(clue.low)} to {percent(clue.high)}), guessing in "
            f"{percent(found.chance)}: {luck}.")


def of_masking(verdict: Verdict, hidden: Literal["centre", "border"], found: Shortcuts) -> str:
    """What a verdict on a mask means."""
    if verdict == "unknown":
        return THROWN_OFF if found.tells else TOO_LITTLE
    return (CENTRE if hidden == "centre" else BORDER)[verdict]


def of_mask(masked: Masked, hidden: str) -> str:
    """The figures of a mask."""
    low, high = masked.interval
    return (f"Right in **{percent(masked.accuracy)}** without the {hidden} ({percent(low)} to {percent(high)}), in "
            f"{percent(masked.whole_accuracy)} with it. {masked.same:,} of {masked.pictures:,} answers stay the same.")


def standing(clue: Clue, end: Standing) -> str:
    """Where a class stands by a clue, as Markdown."""
    values = {"brightness": f"brightness {percent(end.value)}", "size": f"{end.value:,.0f} pixels",
              "shape": f"{end.value:.2f} times as wide as high",
              "colour": "the colder colours" if end is clue.ends[0] else "the warmer colours"}
    return f"**{plain(end.label)}** · {values.get(clue.name, '')}"


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"
