"""Terms: counting right and wrong."""

from pages.ui.glossary.term import Term

IR_BOOK = "https://nlp.stanford.edu/IR-book/html/htmledition"
TERMS: tuple[Term, ...] = (
    Term("accuracy",
         "The share of pictures whose most probable class is the right one. Compare it with the *baseline*.",
         "Deep Learning for Coders, chapter 1", "https://github.com/fastai/fastbook/blob/master/01_intro.ipynb"),
    Term("baseline",
         "How often one would be right without looking: here, by always naming the class with the most pictures, or "
         "any one of them where all have as many. A network must beat it, and by more than a picture or two, which may "
         "be luck.",
         "Deep Learning for Coders, chapter 4",
         "https://github.com/fastai/fastbook/blob/master/04_mnist_basics.ipynb"),
    Term("percentage point",
         "The unit in which shares differ: from 50 % to 52 % are two points, though it is 4 % more. Beside the number "
         "of pictures it says what a single one weighs: one of 40 is 2.5 points, so a difference of two points is less "
         "than a picture.",
         "Wikipedia, Percentage point", "https://en.wikipedia.org/wiki/Percentage_point"),
    Term("error rate",
         "The share that is wrong: 1 − accuracy. From 2 % to 1 % wrong is half the mistakes, though the accuracy "
         "hardly moves.",
         "Deep Learning for Coders, chapter 1",
         "https://github.com/fastai/fastbook/blob/master/01_intro.ipynb", fastai="error_rate"),
    Term("confidence interval",
         "These pictures are a sample: others would give another share. 19 times out of 20 the span beside a figure "
         "holds the true one. Fewer pictures, a wider span; of one share it is Wilson's, which stays honest for few "
         "pictures; of a mean over classes it is put together from theirs, so it may be a little narrower.",
         "Brown, Cai & DasGupta 2001, Interval Estimation for a Binomial Proportion",
         "https://doi.org/10.1214/ss/1009213286"),
    Term("confusion matrix",
         "Each row is a class as it is (actual), each column what the network took it for (prediction). The diagonal "
         "is right. A dark orange cell is a pair of classes that it cannot tell apart yet.",
         "Deep Learning for Coders, chapter 2",
         "https://github.com/fastai/fastbook/blob/master/02_production.ipynb",
         fastai="ClassificationInterpretation.plot_confusion_matrix"),
    Term("most_confused",
         "The cells beside the diagonal, the fullest first, as (actual, predicted, count): where more or cleaner "
         "pictures of two classes would help most.",
         "fastai's documentation, Interpretation of predictions",
         "https://docs.fast.ai/interpret.html", fastai="ClassificationInterpretation.most_confused"),
    Term("order by confusion",
         "Classes that are taken for each other stand together, so that groups of them show as squares along the "
         "diagonal. The counts stay the same.",
         "Behrisch et al. 2016, Matrix Reordering Methods", "https://doi.org/10.1111/cgf.12935"),
    Term("recall",
         "Of the pictures of a class, the share that was found. The others are *missed* (false negatives).",
         "Introduction to Information Retrieval, chapter 8",
         f"{IR_BOOK}/evaluation-of-unranked-retrieval-sets-1.html"),
    Term("precision",
         "Of the pictures that were called so, the share that really is. The others are *false alarms* (false "
         "positives). A class that was never called has none: –.",
         "Introduction to Information Retrieval, chapter 8",
         f"{IR_BOOK}/evaluation-of-unranked-retrieval-sets-1.html"),
    Term("F1",
         "One figure of precision and recall: their harmonic mean, near the worse of the two. It is high only where "
         "both are.",
         "Introduction to Information Retrieval, chapter 8",
         f"{IR_BOOK}/evaluation-of-unranked-retrieval-sets-1.html"),
    Term("support",
         "How many pictures a class has here. A recall of 100 % of 4 pictures says little.",
         "scikit-learn's documentation, precision_recall_fscore_support",
         "https://scikit-learn.org/stable/modules/generated/sklearn.metrics.precision_recall_fscore_support.html"),
    Term("macro and weighted average",
         "Over the classes. *Macro*: each counts the same, however few its pictures. *Weighted*: each counts as much "
         "as it has pictures. Where macro is lower, the small classes do worse. Classes without a figure are left "
         "out.",
         "Introduction to Information Retrieval, chapter 13", f"{IR_BOOK}/evaluation-of-text-classification-1.html"),
    Term("balanced accuracy",
         "The mean of the classes' recalls: the accuracy if all classes had as many pictures. Naming always one of "
         "two classes gives 50 %, however large it is.",
         "Brodersen et al. 2010, The Balanced Accuracy and Its Posterior Distribution",
         "https://doi.org/10.1109/ICPR.2010.764"),
    Term("top-k accuracy",
         "The share of pictures whose class is among the k most probable. Of many similar classes the second guess "
         "is often the right one.",
         "Russakovsky et al. 2015, ImageNet Large Scale Visual Recognition Challenge",
         "https://arxiv.org/abs/1409.0575", fastai="top_k_accuracy"),
    Term("log loss",
         "The mean loss (cross-entropy) over all pictures. Unlike the accuracy it also tells how sure right and "
         "wrong answers were. Guessing among K classes gives ln K: 0.69 for two, 2.30 for ten.",
         "Deep Learning, chapter 6",
         "https://www.deeplearningbook.org/contents/mlp.html", fastai="valid_loss"),
)
