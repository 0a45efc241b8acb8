"""Predict: show the network photos that it has never seen."""


from core.errors import PlaygroundError
from core.jobs.photos import Photos
from pages.ui import (
    frame,
    predict_answers,
    predict_drop,
    predict_ready,
    predict_training,
    session,
    shared_predict,
    sharing,
)


def page() -> None:
    answering = shared_predict.require() if sharing.asked() else predict_training.require()
    predict_training.told(answering)
    photos = Photos(session.settings()).all()
    predict_drop.ways_in(len(photos))
    network = predict_ready.require(answering.job)
    if photos:
        predict_answers.show(answering, network, photos)
    else:
        predict_ready.warm(network, answering.job)


if sharing.asked():
    frame.header("Predict", shared_predict.SENTENCE, with_strip=False)
else:
    frame.header("Predict", "Show your network photos that it has never seen, and look at what it makes of them. This "
                            "is what it was trained for.")
try:
    page()
except PlaygroundError as error:
    frame.told(error)
