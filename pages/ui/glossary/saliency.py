"""Terms: where it looks."""

from pages.ui.glossary.term import Term

TERMS: tuple[Term, ...] = (
    Term("saliency map", "A picture of which parts of a photo an answer rests on. It shows *where* the network looked, "
                         "not *what* it saw there, and each map is scaled to its own brightest spot: compare places "
                         "within a map, not brightness between maps. Use it to find a network that looks at the "
                         "background instead of the thing.",
         "Adebayo and others (2018), Sanity Checks for Saliency Maps", "https://arxiv.org/abs/1810.03292"),
    Term("Grad-CAM", "The network's last convolutional map is a coarse grid, such as 7 × 7 fields of the photo. "
                     "Grad-CAM asks how much the class's score (its *logit*) would rise if a field were stronger, and "
                     "keeps what speaks *for* the class. It is quick; it cannot show anything finer than a field, nor "
                     "what spoke against the class.",
         "Selvaraju and others (2017), Grad-CAM", "https://arxiv.org/abs/1610.02391", fastai="CAM"),
    Term("occlusion", "A grey patch covers one part of the photo after another, and each time the network is asked "
                      "again. Where the class's probability falls, the answer needed that part. It is slower than "
                      "Grad-CAM, but it tries things out instead of asking the network about itself. A grey patch is "
                      "nothing that the network has learned, though, and can mislead it.",
         "Zeiler and Fergus (2013), Visualizing and Understanding Convolutional Networks",
         "https://arxiv.org/abs/1311.2901"),
    Term("centre crop", "The network sees a square. A centre crop takes the largest square from the middle of a photo, "
                        "so a long photo loses its two ends. *Squeezing* keeps everything but changes shapes; "
                        "*padding* keeps both, with black bars and smaller things.",
         "Deep Learning for Coders, chapter 2", "https://github.com/fastai/fastbook/blob/master/02_production.ipynb",
         fastai="Resize, ResizeMethod.Crop / Squish / Pad"),
)
