"""Terms: is it the thing itself?"""

from pages.ui.glossary.term import Term

TERMS: tuple[Term, ...] = (
    Term("shortcut", "A way to be right that has nothing to do with the thing itself: all wolves stand in snow, all "
                     "pictures of one class come from one camera. The network is right on such pictures, and wrong as "
                     "soon as they look otherwise. It does not mean to cheat: it takes whatever is easiest.",
         "Geirhos and others 2020, Shortcut Learning in Deep Neural Networks", "https://arxiv.org/abs/2004.07780"),
    Term("cross-validation", "The pictures are dealt into five piles. Rules are made from four of them and tried on "
                             "the fifth, five times over: so every picture is judged by rules that have not seen it, "
                             "nor a copy of it.",
         "An Introduction to Statistical Learning, chapter 5", "https://www.statlearning.com"),
    Term("permutation test", "Could it be luck? The labels are shuffled a thousand times, and each time it is counted "
                             "how often the same answers are right by mere chance. Only what hardly any shuffle "
                             "reaches is believed.",
         "Phipson and Smyth 2010, Permutation P-values Should Never Be Zero", "https://arxiv.org/abs/1603.05766"),
    Term("masking", "A part of each picture is painted over in one dull colour, and the network is asked again. What "
                    "it no longer gets right hung on that part. It has never met painted pictures, so a little is lost "
                    "by the paint itself: compare the two masks with each other, for both hide half of the picture.",
         "Zeiler and Fergus 2014, Visualizing and Understanding Convolutional Networks",
         "https://arxiv.org/abs/1311.2901"),
    Term("learned and forgotten", "What became of a picture, by what was said of it after each epoch. *Always right*; "
                                  "*learned*: wrong after the first epoch, right after the last; *lost and regained*: "
                                  "right after both, wrong in between; *forgotten*: right once, wrong after the last; "
                                  "*never learned*: wrong after every one.",
         "Toneva and others 2019, An Empirical Study of Example Forgetting", "https://arxiv.org/abs/1812.05159"),
    Term("forgetting event", "A picture that was right after one epoch and is wrong after the next. Pictures that are "
                             "forgotten again and again are the hard or odd ones, or are labelled wrongly; those that "
                             "are never forgotten teach little more.",
         "Toneva and others 2019, An Empirical Study of Example Forgetting", "https://arxiv.org/abs/1812.05159"),
)
