"""Terms: pictures to learn from and to check with."""

from pages.ui.glossary.term import Term

BOOK = "https://github.com/fastai/fastbook/blob/master/"

TERMS = (
    Term("training set",
         "The pictures that the network learns from. It sees each of them many times, so that it is right about "
         "them says little: it may know them by heart.",
         "Deep Learning for Coders, chapter 1", f"{BOOK}01_intro.ipynb"),
    Term("validation set",
         "Pictures that are set aside and never learned from. They tell how good the network is at what it has not "
         "seen, epoch after epoch, and decide between settings.",
         "Deep Learning for Coders, chapter 1", f"{BOOK}01_intro.ipynb"),
    Term("test set",
         "Pictures that play no part in training, nor in any choice. Whoever tries many settings finds one that "
         "fits the validation pictures by luck; the test pictures, looked at last and seldom, tell.",
         "Rachel Thomas: How (and why) to create a good validation set",
         "https://www.fast.ai/posts/2017-11-13-validation-sets.html"),
    Term("leak",
         "The same picture, or nearly the same, on both sides of the split. The network then recognises what it "
         "should judge, and the accuracy looks better than it is.",
         "Kaufman and others 2012: Leakage in data mining", "https://doi.org/10.1145/2382577.2382579"),
    Term("label noise",
         "Pictures that carry a wrong class. A few of them teach a network wrong things and make its figures wrong "
         "as well; the page Clean finds the likeliest.",
         "Northcutt, Jiang and Chuang 2021: Confident Learning", "https://arxiv.org/abs/1911.00068"),
    Term("class imbalance",
         "Some classes have many more pictures than others. The network may then hardly try to learn the rare ones; "
         "a weighted loss or balanced sampling helps it.",
         "Buda, Maki and Mazurowski 2018", "https://arxiv.org/abs/1710.05381"),
    Term("augmentation",
         "In each epoch the network sees a slightly different copy of every picture: cut, mirrored, turned or lit a "
         "little differently. It learns what does not matter, and takes longer to over-fit.",
         "Buslaev and others 2020: Albumentations", "https://arxiv.org/abs/1809.06839"),
    Term("preprocessing",
         "How a picture of any size becomes the small square that the network sees: turned upright, resized, then "
         "cropped, squeezed or padded, and its colours brought to a common scale.",
         "Deep Learning for Coders, chapter 5", f"{BOOK}05_pet_breeds.ipynb", fastai="item transforms, Normalize"),
)
