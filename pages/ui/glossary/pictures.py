"""Terms: pictures and losses."""

from pages.ui.glossary.term import Term

TERMS = (
    Term("loss", "How badly an answer failed: 0 for a sure right answer, 0.7 for a coin toss between two classes, and "
                 "more the surer a wrong answer was. It is the *cross-entropy*: minus the natural logarithm of the "
                 "probability that the actual class got. Training makes the average of it small.",
         "Deep Learning for Coders, chapter 5", "https://github.com/fastai/fastbook/blob/master/05_pet_breeds.ipynb"),
)
