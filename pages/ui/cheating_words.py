"""What was found of shortcuts, in a beginner's words: verdicts, their evidence, and what to try."""

from collections.abc import Sequence
from typing import Literal

from core.interpretation.estimates import Estimate
from core.interpretation.masked import Masked, Masks
from core.interpretation.shortcuts import HARDLY_LUCK, Clue, ClueName, Shortcuts, Standing
from core.interpretation.verdict import Verdict
from pages.ui.words import amount, plain, short

Hidden = Literal["centre", "border"]
BADGES: dict[Verdict, tuple[str, str, str]] = {     # word, icon, colour of Streamlit's
    "unknown": ("cannot be told", ":material/help:", "gray"), "fine": ("fine", ":material/check:", "blue"),
    "look": ("worth a look", ":material/visibility:", "orange"),
    "cheating": ("probably cheating", ":material/warning:", "red")}
A_LITTLE = "tells a little"
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
    "cheating": "Your network seems to go by something that is not the thing itself: see below by what. On pictures "
                "without it, it may fail, however high its accuracy is here."}
NAMES: dict[ClueName, str] = {"brightness": "Brightness", "colour": "Mean colour", "size": "Size in pixels",
                              "shape": "Width to height", "format": "File type", "together": "All of these together"}
# What to do about a clue that tells the classes apart.
TRY: dict[ClueName, str] = {
    "brightness": "Add pictures of each class in every light, or turn up the light in the augmentation: then "
                  "brightness is no longer worth learning. If light belongs to the classes (day and night), all is "
                  "well.",
    "colour": "Does colour belong to the thing (bananas are yellow), or to its background? In the second case take "
              "pictures of each class before the same backgrounds.",
    "size": "The classes seem to come from different sources. The network never meets the size itself, as all pictures "
            "become squares of one size; at most it meets traces, such as blur. Take pictures of each class from the "
            "same places, or save all of them at one size.",
    "shape": "The classes seem to come from different cameras or were cropped differently. When pictures are squeezed "
             "or padded to squares, that can show. Take pictures of each class in the same way.",
    "format": "The classes seem to come from different sources. Compression can leave traces that a network sees. Save "
              "all pictures in one format, from sources as good as each other.",
    "together": "No single one is enough, but together they tell much. Compare where the classes' pictures come from."}
TOO_LITTLE = "Too few pictures to check with, or a network that hardly knows more than the largest class."
THROWN_OFF = ("Either half painted over throws it off as much: the paint itself disturbs it, as it would where light "
              "or colour is what it goes by. So this tells nothing of where it looks.")
NO_NETWORK = ("This training's network is no longer kept, so it cannot be asked about pictures with a part painted "
              "over. Train again to see this as well.")
CENTRE: dict[Verdict, str] = {
    "unknown": "It is not clear from so few answers whether it does worse without the middle.",
    "fine": "Without the middle, where the thing usually is, it does worse. That is as it should be.",
    "cheating": "It does about as well without the middle of the picture, and worse without the border: it seems to "
                "look at the surroundings."}
LEANS, HARDLY_MISSED = ("It leans on the border more than on the middle.",
                        "It does about as well without the middle of the picture.")
BORDER: dict[Verdict, str] = {
    "unknown": "It is not clear from so few answers whether it still knows most of what it knew.",
    "fine": "Without the border it still knows most of what it knew.",
    "look": "Without the border it loses most of what it knew: much of it may come from the surroundings."}
LOOKS: dict[tuple[Verdict, Verdict], str] = {        # of the centre, of the border
    ("fine", "fine"): "It needs the middle of the pictures, and not mainly their borders.",
    ("fine", "unknown"): "It needs the middle of the pictures; how much it takes from their borders cannot be told."}
AS_BEFORE = "Without the border it is right as often as before."
TRY_MASKS = ("Look at the pictures above: what is left of them that could tell? Then add pictures of each class before "
             "many backgrounds, or cut the pictures closer to the thing. The view “Where it looks” shows single ones.")


def badge(verdict: Verdict, word: str = "") -> str:
    """As Markdown; `word` takes the place of the verdict's own."""
    own, icon, colour = BADGES[verdict]
    return f":{colour}-badge[{icon} {word or own}]"


def badge_of(clue: Clue, found: Shortcuts) -> str:
    return badge(found.of_clue(clue), A_LITTLE if found.tells_a_little(clue) else "")


def telling(found: Shortcuts) -> tuple[Clue, ...]:
    """The clues to worry about; all together only where no single one is: else that says the same once more."""
    worst = [clue for clue in found.clues if found.of_clue(clue) in ("look", "cheating")]
    return tuple(clue for clue in worst if clue.name != "together" or len(worst) == 1)


def headline(found: Shortcuts) -> str:
    """Of the pictures where only they were found out, of the network where it was."""
    away = [NAMES[clue.name] for clue in telling(found) if found.gives_away(clue)]
    if found.verdict != "look" or not away:
        return HEADLINES[found.verdict]
    if len(away) > 1:
        what = f"{listed([away[0], *map(str.lower, away[1:])])} each give"
    else:
        what = f"{away[0]} give" if away == [NAMES["together"]] else f"{away[0]} alone gives"
    return f"{what} the classes away: your network could cheat"


def below(found: Shortcuts) -> str:
    """What the headline rests on."""
    if found.verdict != "fine":
        return BELOW[found.verdict]
    if all(found.of_clue(clue) == "unknown" for clue in found.clues):
        grounds = "What the masks below tell is as it should be; whether anything else gives the classes away cannot " \
                  "be told."
    else:
        little = [NAMES[clue.name].lower() for clue in found.clues
                  if clue.name != "together" and found.tells_a_little(clue)]
        grounds = (f"Of what was tried, {listed(little)} {'tells' if len(little) == 1 else 'tell'} the classes apart "
                   "better than luck, but only a little; nothing gives them away." if little else
                   "Nothing that was tried gives the classes away: not the pictures' light, colour, size, shape or "
                   "file type.")
        grounds += " " + LOOKS.get((found.of_centre, found.of_border), "Where the network looks cannot be told.")
    return f"{grounds} {BELOW['fine']}"


def of_clue(clue: Clue, found: Shortcuts) -> str:
    """One sentence on a clue and its grounds."""
    luck = "that could be luck" if clue.p >= HARDLY_LUCK else "that is hardly luck"
    return (f"alone right in {Estimate(clue.score, clue.low, clue.high)}, guessing in {percent(found.chance)}: {luck}.")


def of_network(clue: Clue, found: Shortcuts) -> str:
    """Whether the network goes by a clue that tells the classes, and how one knows."""
    beside = clue.beside
    if not beside.rule_wrong:
        told = ("The rule is right on every validation picture, so they cannot show whether your network goes by it.")
    else:
        told = (f"Your network is right on {beside.only_network:,} of the "
                f"{amount(beside.rule_wrong, 'validation picture')} on which this rule is wrong, and on "
                f"{beside.both_right:,} of the {beside.rule_right:,} others: "
                + ("it seems to go by it." if beside.goes_along else "that does not show that it goes by it."))
    if found.beaten_by(clue) and not beside.goes_along:
        told += (f" Had it gone by this alone, it would be right more often than it is "
                 f"({percent(found.balanced_accuracy)}): it does not, or not fully.")
    return told


def of_masking(verdict: Verdict, hidden: Hidden, masks: Masks) -> str:
    """What a verdict on a mask means."""
    if verdict == "unknown" and not masks.tells:
        return TOO_LITTLE
    if verdict == "unknown" and masks.thrown_off:
        return THROWN_OFF
    if hidden == "centre":
        return CENTRE.get(verdict) or (LEANS if masks.leans_on_the_border else HARDLY_MISSED)
    return AS_BEFORE if verdict == "fine" and masks.border.right >= masks.border.whole_right else BORDER[verdict]


def of_mask(masked: Masked, hidden: Hidden) -> str:
    """The figures of a mask."""
    without, whole = masked.estimates
    return (f"Right in **{without}** without the {hidden}, in {whole} with it. "
            f"{masked.same:,} of {masked.pictures:,} answers stay the same.")


def standing(clue: Clue, end: Standing) -> str:
    """Where a class stands by a clue, as Markdown."""
    values = {"brightness": f"brightness {percent(end.value)}", "size": f"{end.value:,.0f} pixels",
              "shape": f"{end.value:.2f} times as wide as high",
              "colour": "the colder colours" if end is clue.ends[0] else "the warmer colours"}
    return f"**{plain(short(end.label))}** · {values.get(clue.name, '')}"


def listed(names: Sequence[str]) -> str:
    """"a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"
