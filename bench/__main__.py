"""Every bench, one after another; name some to run only these: `python -m bench end_to_end speed`."""

import sys

from bench import (
    accuracy,
    addresses,
    augmentation,
    classroom,
    cleaning,
    end_to_end,
    exported_app,
    growth,
    intake,
    kept_epoch,
    ladder,
    loader,
    look,
    parity,
    predict,
    results,
    speed,
    tta,
)

BENCHES = {"end_to_end": end_to_end, "augmentation": augmentation, "kept_epoch": kept_epoch,
           "accuracy": accuracy, "speed": speed, "tta": tta, "loader": loader, "growth": growth, "ladder": ladder,
           "cleaning": cleaning, "classroom": classroom, "addresses": addresses, "look": look, "intake": intake,
           "results": results, "parity": parity, "exported_app": exported_app, "predict": predict}

for name in sys.argv[1:] or BENCHES:
    if name not in BENCHES:
        raise SystemExit(f"There is no bench '{name}'. Known: {', '.join(BENCHES)}.")
    print(f"\n{name}: {(BENCHES[name].__doc__ or '').splitlines()[0]}")
    BENCHES[name].main()
