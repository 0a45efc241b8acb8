"""Terms: what is like what."""

from pages.ui.glossary.term import Term

TERMS: tuple[Term, ...] = (
    Term("decision threshold", "The probability from which on a picture is given to a class. With two classes the more "
                               "probable one wins, so the line stands at 0.5: dots near it are hard for the network, "
                               "dots far on the wrong side are sure mistakes. With more classes no other can win "
                               "above 0.5, and below it a class may still be the most probable of all.",
         "Google's Machine Learning Crash Course: thresholds",
         "https://developers.google.com/machine-learning/crash-course/classification/thresholding"),
    Term("PCA", "*Principal component analysis*: a flat shadow of the activations, cast from the side on which the "
                "pictures lie farthest apart. Distances on it are true as far as two numbers can tell; the share "
                "beside the plot says how much of all differences it shows. The rest is hidden.",
         "Principal component analysis: a review and recent developments, Jolliffe and Cadima 2016",
         "https://doi.org/10.1098/rsta.2015.0202"),
    Term("t-SNE", "*t-distributed stochastic neighbour embedding*: a map on which pictures that are alike to the "
                  "network lie together. Read who lies beside whom. How large a group is, and how far groups lie "
                  "apart, means nothing, and neither do up, down, left and right.",
         "How to Use t-SNE Effectively, Wattenberg, Viégas and Johnson 2016", "https://distill.pub/2016/misread-tsne/"),
    Term("cosine similarity", "How alike two pictures are to the network: the cosine of the angle between their "
                              "activations. 1 is the same mixture of findings, 0 is nothing in common. Most pictures "
                              "have much in common, so compare the numbers with each other.",
         "Introduction to Information Retrieval, Manning, Raghavan and Schütze, chapter 6.3",
         "https://nlp.stanford.edu/IR-book/html/htmledition/dot-products-1.html"),
    Term("nearest neighbours", "The training pictures whose activations are most like this one's. The network has "
                               "learned what they are called, so they show what its answer rests on. Where they have "
                               "other labels than this picture, its label may be wrong, or theirs.",
         "Deep k-Nearest Neighbors, Papernot and McDaniel 2018", "https://arxiv.org/abs/1803.04765"),
)
