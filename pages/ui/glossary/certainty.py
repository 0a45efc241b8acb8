"""Terms: how sure it is."""

from pages.ui.glossary.term import Term

GUO = ("Guo et al. 2017, On Calibration of Modern Neural Networks", "https://arxiv.org/abs/1706.04599")
SELECTIVE = ("Geifman & El-Yaniv 2017, Selective Classification for Deep Neural Networks",
             "https://arxiv.org/abs/1705.08500")

TERMS: tuple[Term, ...] = (
    Term("logits", "The numbers that the network puts out, one for each class, before they become probabilities: any "
                   "number, and the larger, the more it speaks for that class.",
         "Deep Learning for Coders, chapter 5", "https://github.com/fastai/fastbook/blob/master/05_pet_breeds.ipynb",
         fastai="activations of the last layer"),
    Term("softmax", "Turns the logits into probabilities that share 100 % between the classes. It grows them "
                    "exponentially, so a small lead soon looks like certainty.",
         "Deep Learning for Coders, chapter 5", "https://github.com/fastai/fastbook/blob/master/05_pet_breeds.ipynb"),
    Term("top probability", "The probability of the class that the network names: how sure it says it is. Often called "
                            "its *confidence*. It says so of itself, and can be very sure and wrong.",
         *GUO, fastai="probability, in plot_top_losses"),
    Term("calibration", "Whether the network is as sure as it may be: of all pictures of which it says 90 %, about 90 "
                        "in 100 should be right. Networks tend to be too sure of themselves, the more the longer "
                        "they learn.", *GUO),
    Term("reliability diagram", "Pictures that were answered about as surely as each other are put together: to the "
                                "right how sure it was, upwards how many of them are right, with the span of what "
                                "chance allows. On the diagonal it is as sure as it may be; below, too sure.",
         "Niculescu-Mizil & Caruana 2005, Predicting Good Probabilities with Supervised Learning",
         "https://www.cs.cornell.edu/~alexn/papers/calibration.icml05.crc.rev3.pdf"),
    Term("ECE", "*Expected calibration error*: how far, on average, what it says lies from how often it is right. 0 is "
                "perfect. Few pictures make some error of any network, so we also say how much chance alone would "
                "make.", *GUO),
    Term("MCE", "*Maximum calibration error*: the gap of the worst group of pictures in the reliability diagram. With "
                "few pictures in a group it is mostly chance.", *GUO),
    Term("temperature", "One number by which all logits are divided before the softmax. Above 1 the probabilities "
                        "become softer, below 1 sharper, and every answer stays what it was. It is found on the "
                        "validation pictures. Whether that helps is judged by one found on half of them and tried on "
                        "the other half, both ways.", *GUO),
    Term("threshold", "How sure the network has to be to answer. Below it, it says “I don’t know”, and a person "
                      "decides. A higher threshold makes its answers better and fewer.", *SELECTIVE),
    Term("accuracy against coverage", "*Coverage* is the share of pictures that get an answer. To the left it answers "
                                      "only the few it is surest of, to the right all. If its sureness is worth "
                                      "something, the curve falls from left to right.", *SELECTIVE),
)
