"""Terms: learning."""

from pages.ui.glossary.data import BOOK
from pages.ui.glossary.term import Term

TERMS = (
    Term("transfer learning",
         "The network has learned from many other pictures before, and brings along how to see edges, textures and "
         "shapes. So a few dozen of yours a class are enough.",
         "Yosinski and others 2014", "https://arxiv.org/abs/1411.1792", fastai="pretrained=True, fine_tune"),
    Term("body and head",
         "The body turns a picture into a few hundred numbers that describe it; the head, its last layers, turns "
         "these into a figure for each of your classes.",
         "Deep Learning for Coders, chapter 15", f"{BOOK}15_arch_details.ipynb", fastai="body, head; create_head"),
    Term("activations",
         "What the body makes of a picture: a few hundred numbers, each saying how strongly something was found in "
         "it, such as an edge, fur or a wheel. While the body is frozen they never change, so they are computed "
         "once and kept. Pictures with like activations are alike to the network.",
         "Deep Learning for Coders, chapter 13", f"{BOOK}13_convolutions.ipynb", fastai="precompute=True"),
    Term("frozen",
         "Layers that stay as they are while others learn. First the head learns alone; then the body is unfrozen, "
         "and everything learns together.",
         "Deep Learning for Coders, chapter 5", f"{BOOK}05_pet_breeds.ipynb", fastai="freeze, unfreeze"),
    Term("layer group",
         "A part of the network with a learning rate of its own: early layers, late layers, the head. Early ones "
         "know more that is of use anywhere, and should change less.",
         "Howard and Ruder 2018: discriminative fine-tuning",
         "https://arxiv.org/abs/1801.06146", fastai="differential (discriminative) learning rates, slice(low, high)"),
    Term("epoch",
         "Once through all training pictures. After each epoch the network is asked about the validation pictures, "
         "from which it learns nothing.",
         "Deep Learning for Coders, chapter 4", f"{BOOK}04_mnist_basics.ipynb"),
    Term("batch",
         "The handful of pictures after which the network takes one step: its weights move a little so that the "
         "loss on these would be smaller.",
         "Deep Learning for Coders, chapter 4", f"{BOOK}04_mnist_basics.ipynb", fastai="bs, mini-batch"),
    Term("learning rate",
         "How far each step goes. Too small, and nothing is learned in time; too large, and the loss jumps about or "
         "explodes. It is the one setting that matters most.",
         "Smith 2015: Cyclical learning rates", "https://arxiv.org/abs/1506.01186", fastai="lr"),
    Term("lr_find",
         "A trial run with a rate that grows with each batch, while the loss is noted. A good rate lies where the "
         "loss falls steeply, well before it rises.",
         "Smith 2015, section 3.3: the range test", "https://arxiv.org/abs/1506.01186", fastai="lr_find, valley"),
    Term("one-cycle",
         "A schedule: the rate rises for the first quarter, then falls to almost nothing. Large steps find a good "
         "region, small ones settle in it.",
         "Smith 2018", "https://arxiv.org/abs/1803.09820", fastai="fit_one_cycle"),
    Term("SGDR",
         "A schedule of cycles: in each the rate falls from high to low, then it jumps up again, out of narrow "
         "valleys. A cycle lasts cycle_len epochs, the next one cycle_mult times as many.",
         "Loshchilov and Hutter 2016", "https://arxiv.org/abs/1608.03983", fastai="cycle_len, cycle_mult; fit_sgdr"),
    Term("momentum",
         "Each step keeps some of the direction of those before it, as a heavy ball does.",
         "Sutskever and others 2013", "https://proceedings.mlr.press/v28/sutskever13.html"),
    Term("AdamW",
         "An optimizer: it gives each weight a step of its own size, by how its gradients went, and lets weight "
         "decay work apart from that.",
         "Loshchilov and Hutter 2017", "https://arxiv.org/abs/1711.05101", fastai="Adam"),
    Term("weight decay",
         "A gentle pull of all weights towards zero at each step, which makes it harder to learn pictures by heart.",
         "Loshchilov and Hutter 2017", "https://arxiv.org/abs/1711.05101", fastai="wd"),
    Term("dropout",
         "While it learns, the head forgets a random part of what it sees at each step, so that it does not rely on "
         "any single thing.",
         "Srivastava and others 2014", "https://jmlr.org/papers/v15/srivastava14a.html", fastai="ps"),
    Term("label smoothing",
         "The network is asked to be nearly sure, not wholly sure. It then forgives a wrong label more easily, and "
         "its probabilities are less extreme.",
         "Szegedy and others 2015, section 7", "https://arxiv.org/abs/1512.00567", fastai="LabelSmoothingCrossEntropy"),
    Term("mixup",
         "Two pictures laid over each other, with both labels in proportion. It helps long trainings more than "
         "short ones.",
         "Zhang and others 2017", "https://arxiv.org/abs/1710.09412", fastai="MixUp"),
    Term("batch-norm",
         "Layers that bring what passes through them to a common scale, by figures that they keep. In a frozen body "
         "these figures stay as they were learned.",
         "Ioffe and Szegedy 2015", "https://arxiv.org/abs/1502.03167", fastai="train_bn"),
    Term("gradient clipping",
         "A step that would be far too long is shortened.",
         "Pascanu, Mikolov and Bengio 2012", "https://arxiv.org/abs/1211.5063", fastai="GradientClip"),
    Term("gradient accumulation",
         "One step after several batches: as if the batch were larger than memory has room for.",
         "Goyal and others 2017", "https://arxiv.org/abs/1706.02677", fastai="GradientAccumulation"),
    Term("over-fitting",
         "The network learns its training pictures by heart: their loss goes on falling while that of the "
         "validation pictures rises. More pictures, more augmentation or fewer epochs help.",
         "Deep Learning for Coders, chapter 1", f"{BOOK}01_intro.ipynb"),
    Term("under-fitting",
         "The network has not learned what it could: training and validation loss are both still high. More epochs, "
         "a higher rate or unfreezing help.",
         "Smith 2018, section 3", "https://arxiv.org/abs/1803.09820"),
    Term("early stopping",
         "To stop when the validation loss has not got better for a few epochs, and to keep the best one.",
         "Prechelt 1998: Early stopping, but when?",
         "https://doi.org/10.1007/3-540-49430-8_3", fastai="EarlyStoppingCallback"),
    Term("progressive resizing",
         "To learn from small pictures first, which is quick, and then from larger ones: to the network they are "
         "new pictures of things that it knows.",
         "Deep Learning for Coders, chapter 7", f"{BOOK}07_sizing_and_tta.ipynb"),
    Term("test-time augmentation",
         "The network looks at a picture several times: once as it is, and at copies that are cut, mirrored or "
         "turned a little, as in training. The average of its answers is often a little better than one; answers "
         "that differ much say that it is unsure. It takes as much longer as there are copies, and nothing is learned "
         "by it.",
         "Deep Learning for Coders, chapter 7", f"{BOOK}07_sizing_and_tta.ipynb", fastai="tta, TTA"),
)
