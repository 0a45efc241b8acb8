"""Terms: pictures and losses."""

from pages.ui.glossary.term import Term

BOOK_5 = ("Deep Learning for Coders, chapter 5", "https://github.com/fastai/fastbook/blob/master/05_pet_breeds.ipynb")
BOOK_1 = ("Deep Learning for Coders, chapter 1", "https://github.com/fastai/fastbook/blob/master/01_intro.ipynb")
BOOK_2 = ("Deep Learning for Coders, chapter 2", "https://github.com/fastai/fastbook/blob/master/02_production.ipynb")

TERMS = (
    Term("loss", "How badly an answer failed: 0 for a sure right answer, 0.7 for a coin toss between two classes, and "
                 "more the surer a wrong answer was. It is the *cross-entropy*: minus the natural logarithm of the "
                 "probability that the actual class got. Training makes the average of it small.", *BOOK_5),
    Term("prediction", "The class that the network gives the highest probability. It always gives one, even for a "
                       "picture of something else altogether.", *BOOK_1),
    Term("actual class", "What the picture is labelled as: the folder it lay in, unless you relabelled it. People make "
                         "mistakes in it too.", *BOOK_1, fastai="target"),
    Term("probability", "How sure the network says it is, from 0 to 100 %; the classes share 100 % between them. It is "
                        "the *softmax* of the network's raw numbers, the *logits*. It says so of itself, and can be "
                        "very sure and wrong.", *BOOK_5),
    Term("most correct", "Pictures of a class that were recognised, the highest probability first: what the network "
                         "takes for typical of the class.",
         "fast.ai, Dogs vs Cats Redux",
         "https://github.com/fastai/courses/blob/master/deeplearning1/nbs/dogs_cats_redux.ipynb"),
    Term("most incorrect", "Pictures of a class that were taken for another, the highest probability of that answer "
                           "first: sure, and wrong. Often the label is wrong, or the picture is odd.", *BOOK_2),
    Term("most uncertain", "The pictures whose two most probable classes lie closest together (the smallest *margin*). "
                           "More pictures like these to learn from help most.",
         "Scheffer et al. 2001, Active Hidden Markov Models for Information Extraction",
         "https://doi.org/10.1007/3-540-44816-0_31"),
    Term("top losses", "The pictures with the largest loss, worst first, right or wrong. Looking at them is the "
                       "quickest way to find wrong labels and to see what the network misses.", *BOOK_2,
         fastai="plot_top_losses"),
)
