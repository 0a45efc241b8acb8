"""What the views of a data set say in words; class names are made fit to be shown."""

from collections.abc import Mapping, Sequence

from core.data.giveaways import OddFormat, OddLight
from core.data.overview import Commonest, FormatFiles
from pages.ui.words import amount, plain, short

MOST_NAMED = 3      # classes in one sentence


def sizes(told: Commonest, pictures: int, smaller: int, network_pixels: int) -> str:
    """Which size is usual, which the smallest, and whether the network sees larger pictures than there are.

    `smaller`: how many of the pictures have a side below `network_pixels`.
    """
    common, share = _size(told.size), told.count / pictures
    if told.count == pictures:
        first = f"All are {common} pixels"
    elif share >= 0.5:
        first = f"Most are {common} pixels; the smallest is {_size(told.smallest)}, the largest {_size(told.largest)}"
    else:
        first = f"They are of many sizes, from {_size(told.smallest)} to {_size(told.largest)} pixels"
        if share >= 0.02:
            first += f"; the commonest is {common} ({_percent(share)})"
    if not smaller:
        return f"{first}. The network sees {network_pixels} pixels a side: no picture has to be enlarged for it."
    if smaller == pictures:
        return (f"{first}: smaller than the {network_pixels} pixels a side that the network sees. Enlarged, they show "
                "no more than before: a smaller picture size in training is faster and as good.")
    are = "is" if smaller == 1 else "are"
    return (f"{first}. {amount(smaller, 'picture')} {are} smaller than the {network_pixels} pixels a side that the "
            "network sees: enlarged, and softer than the others.")


def shapes(counts: dict[str, int], how: str, lost: float) -> str:
    """`how` a picture becomes a square, and the share of a typical one that its centre square leaves out."""
    total = sum(counts.values())
    name, most = max(counts.items(), key=lambda item: item[1])
    first = (f"All are {name}." if most == total else
             f"{_percent(most / total)} are {name}, "
             + " and ".join(f"{_percent(count / total)} {other}" for other, count in counts.items() if other != name)
             + ".")
    if lost < 0.02:
        return f"{first} The network sees squares: of a typical picture nothing is lost."
    square = {"crop": f"{_percent(lost)} of a typical picture are cut off at its ends. What matters should stand in "
                      "its middle.",
              "squish": f"a typical picture is squeezed to {_percent(1 - lost)} of its longer side.",
              "pad": f"black bars fill {_percent(lost)} of the square around a typical picture."}[how]
    return f"{first} The network sees squares: {square}"


def light(odd: Sequence[OddLight]) -> str:
    if not odd:
        return ("No class stands out by its light: brightness alone does not tell the network which is which. "
                "That is how it should be.")
    named = [f"**{plain(each.label)}** (in {100 * each.pairs:.0f} of 100 pairs its picture is the "
             f"{'darker' if each.darker else 'brighter'} one)" for each in odd[:MOST_NAMED]]
    more = f" and {len(odd) - MOST_NAMED} more" if len(odd) > MOST_NAMED else ""
    return (f":material/light_mode: {_listed(named)}{more} can be told by the light alone. "
            "The network could learn the light instead of the thing, and fail where the light is another: add "
            "pictures in other light.")


def files(told: Sequence[FormatFiles], odd: Sequence[OddFormat]) -> str:
    total, pictures = sum(each.bytes for each in told), sum(each.count for each in told)
    first = (f"All are {plain(told[0].format)} files" if len(told) == 1 else
             _listed([f"{each.count:,} {plain(each.format)}" for each in told]) + " files")
    words = f"{first}: {size(total)} together, {size(total / pictures)} a picture on average."
    if odd:
        named = _listed([f"nearly all of **{plain(each.label)}** are {plain(each.format)}"
                         for each in odd[:MOST_NAMED]])
        words += (f" :material/draft: But {named}, and hardly any others: what a format leaves in a picture can give "
                  "its class away. Bring all in with one format if you can.")
    return words


def unchecked(classes: Sequence[str], by_folders: bool) -> str:
    """Of classes without a picture to check with, and what helps. At least one."""
    one = len(classes) == 1
    are, them, they = ("is", "it", "it is") if one else ("are", "them", "they are")
    remedy = (f" To have some, add a zip with new pictures of {them} in "
              f"{'the folder' if one else 'folders such as'} **valid/{plain(classes[0])}**." if by_folders else "")
    return (f":material/warning: {named(classes)} {are} not checked at all: no picture of {them} is set aside, so how "
            f"well {they} told will not be known.{remedy}")


def hardly_checked(checked: Mapping[str, int]) -> str:
    """Of classes with few pictures to check with, the fewest first. At least one."""
    fewest = sorted(checked, key=lambda label: checked[label])
    told = [f"**{plain(short(label))}** ({amount(checked[label], 'picture')})" for label in fewest[:MOST_NAMED]]
    if len(fewest) > MOST_NAMED:
        told.append(f"{len(fewest) - MOST_NAMED:,} more")
    they = "it is" if len(fewest) == 1 else "they are"
    return f":material/info: Few to check with: {_listed(told)}. How well {they} told will not be known well."


def size(bytes: float) -> str:
    """"840 kB", "2.4 MB", as computers' file managers tell."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if bytes >= unit:
            return f"{bytes / unit:.1f} {name}" if bytes < 10 * unit else f"{bytes / unit:,.0f} {name}"
    return f"{bytes:.0f} bytes"


def named(classes: Sequence[str], most: int = MOST_NAMED) -> str:
    """The first few classes, as a sentence names them: "**ants**, **bees** and 2 more"."""
    told = [f"**{plain(short(label))}**" for label in classes[:most]]
    return _listed([*told, f"{len(classes) - most:,} more"] if len(classes) > most else told)


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]:,} × {size[1]:,}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 or not share else "less than 1 %"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
