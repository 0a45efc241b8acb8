"""What can go wrong, as a tree: every error carries the problem and the remedy, in words for the user.

PlaygroundError
├── UserMistake            the user can put it right (exit code 2)
│   ├── BadSource          not a labelled folder or zip
│   │   ├── BadArchive     a zip that is broken, encrypted or unsafe
│   │   ├── TooLarge       more than the limits allow
│   │   └── TooFewImages   a class, or the whole, is too small to learn from
│   ├── BadPicture         one picture cannot be used
│   ├── BadAugmentation
│   ├── BadRecipe
│   ├── BadWeights
│   ├── BadRun             not a run folder, or one that cannot do what is asked
│   ├── NotHere            no such data set, job or run among the visitor's own
│   ├── LimitReached       more than a visitor may have, or than the disk has left
│   └── Diverged           the loss became NaN or infinite
└── MachineFault           the machine, the network or we are to blame (exit code 1)
    ├── DownloadFailed
    ├── ExportDiffers      an export does not answer as its run did
    ├── OutOfMemory
    └── DiskFull
"""


class PlaygroundError(Exception):
    """A problem and its remedy, both whole sentences for a person to read."""

    exit_code = 1

    def __init__(self, problem: str, *, remedy: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


class UserMistake(PlaygroundError):
    exit_code = 2


class BadSource(UserMistake):
    pass


class BadArchive(BadSource):
    pass


class TooLarge(BadSource):
    pass


class TooFewImages(BadSource):
    pass


class BadPicture(UserMistake):
    pass


class BadAugmentation(UserMistake):
    pass


class BadRecipe(UserMistake):
    pass


class BadWeights(UserMistake):
    pass


class BadRun(UserMistake):
    pass


class NotHere(UserMistake):
    pass


class LimitReached(UserMistake):
    pass


class Diverged(UserMistake):
    pass


class MachineFault(PlaygroundError):
    pass


class DownloadFailed(MachineFault):
    pass


class ExportDiffers(MachineFault):
    pass


class OutOfMemory(MachineFault):
    pass


class DiskFull(MachineFault):
    pass
