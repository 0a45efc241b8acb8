"""`README.md` of an export: what each file is, and how the app gets onto the web.

Its first lines are what a Hugging Face Space reads (Spaces Configuration Reference). JSON strings are YAML strings
(YAML 1.2), so that no name can end one.
"""

import json
import math

from core.data.safe_words import plain
from core.export.certificate import at_most
from core.export.manifest import Manifest

PORT = 7860                  # of the Dockerfile
LONGEST_TITLE = 60           # letters
FILES = {
    "app/": "a page for the browser: drop a photo, and it says what it sees. Its packages: `app/requirements.txt`",
    "predict.py": "the same on the command line. Its packages: `requirements.txt`",
    "model.onnx": "the network, for any number of pictures. Both of the above, and any ONNX runtime, read it",
    "model.safetensors": "the same weights by their names in torchvision, for going on in PyTorch",
    "manifest.json": "classes, preprocessing, accuracy, threshold, temperature, recipe, versions: what is known of it",
    "MODEL_CARD.md": "how good it is, class by class, what it confuses, and when not to trust it",
    "certificate.json": "the proof that these files answer as the trained network did, with their sha256",
    "recipe.json": "the exact settings of the training",
    "reproduce.py": "trains by them again, in the playground's Python",
    "Dockerfile": "puts the page into a container",
}


def readme(manifest: Manifest) -> str:
    """The whole page, as Markdown with its front matter."""
    return "\n\n".join((_front_matter(manifest), _first(manifest), _by_hand(manifest), _web(manifest), _files())) + "\n"


def _front_matter(manifest: Manifest) -> str:
    title = " ".join(manifest.name.split())[:LONGEST_TITLE] or "Classifier"
    return "\n".join(("---", f"title: {json.dumps(title)}", "emoji: 🔎", "colorFrom: blue", "colorTo: gray",
                      "sdk: docker", f"app_port: {PORT}", "pinned: false", "tags:", "- image-classification", "---"))


def _first(manifest: Manifest) -> str:
    accuracy = manifest.accuracy
    half = manifest.half
    cost = "" if half is None else (
        f" Its weights are stored in half their size (float16): {half.accuracy_in_float32.correct} of "
        f"{half.accuracy_in_float32.pictures} were right before, {accuracy.correct} are now, and no probability moved "
        f"by more than {at_most(100 * half.largest_difference)} percentage points.")
    return (f"# {plain(manifest.name)}\n\nA network ({manifest.architecture}) that tells apart "
            f"{len(manifest.classes)} classes of pictures. It is right on {accuracy.correct} of "
            f"{accuracy.pictures} pictures that it had not learned from: {100 * accuracy.share:.1f} %, with 95 % "
            f"confidence between {math.floor(100 * accuracy.low)} and {math.ceil(100 * accuracy.high)} % on others "
            f"like them.{cost} [More on how good it is](MODEL_CARD.md)")


def _by_hand(manifest: Manifest) -> str:
    return f"""## On your own computer

With Python {manifest.python}, the version that has checked this export, in this folder:

```
pip install -r app/requirements.txt
streamlit run app/app.py
```

Or without a browser:

```
pip install -r requirements.txt
python predict.py photo.jpg another.jpg
python predict.py photo.jpg --json
```"""


def _web(manifest: Manifest) -> str:
    tip = "" if manifest.weights == "float16" else (
        " Where it is too large for that, export once more with half-size weights.")
    return f"""## On the web

What these services offer, and for how much, changes: look before you begin. For the first two, put this folder into a
repository on GitHub. Its page takes files of up to 25 MB each, git up to 100 MB; what is large is `model.onnx`.{tip}
`model.safetensors` may be left out.

**Streamlit Community Cloud**

1. [Deploy an app](https://share.streamlit.io/deploy), and choose the repository.
2. Main file path: `app/app.py`. In the advanced settings choose Python {manifest.python}. Press Deploy.

**Render**

1. [Create a web service](https://dashboard.render.com/web/new), and choose the repository. Render finds the
   `Dockerfile`, and says by itself on which port the page is expected.
2. Press Deploy.

**Hugging Face Spaces** (no repository needed; those of the kind Docker may need a paid account)

1. [Create a Space](https://huggingface.co/new-space?sdk=docker): give it a name, choose Docker and the blank template.
2. In the Space, open Files, choose Upload files, drop everything that is in this folder there (the folder `app` too),
   and commit. After a minute or two the page is there for everyone.

**Anywhere with Docker**

```
docker build -t classifier .
docker run -p {PORT}:{PORT} classifier
```

The page is then at http://localhost:{PORT}. Set `PORT` to have it elsewhere; `/_stcore/health` says whether it is
well."""


def _files() -> str:
    rows = "\n".join(f"| `{name}` | {what} |" for name, what in FILES.items())
    return f"## What the files are\n\n| File | What it is |\n|---|---|\n{rows}"
