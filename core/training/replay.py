"""Whether a recipe that a run has written can give the same result to the last bit here. Needs no torch."""

from collections.abc import Mapping
from typing import Any

PLACES = {"device": "the device", "device_name": "the processor", "threads": "the number of threads"}


def may_differ(met: Mapping[str, Any] | None, here: Mapping[str, Any]) -> str:
    """A sentence on what the run met otherwise than this machine, and what of it; "" where all is the same.

    Both are as `machine.met` writes them. What only one of them knows is not compared.
    """
    apart = [f"{words} ({met[name]} then, {here[name]} now)" for name, words in PLACES.items()
             if met and name in met and met[name] != here.get(name)]
    versions, now = (met or {}).get("versions"), here.get("versions", {})
    if isinstance(versions, dict):
        apart += [f"{name} ({version} then, {now[name]} now)" for name, version in versions.items()
                  if name in now and now[name] != version]
    if met and "weights_sha256" in met and met["weights_sha256"] != here.get("weights_sha256"):
        apart.append("the weights that it begins with")
    if not apart:
        return ""
    return (f"This is not quite where the recipe was trained before: {'; '.join(apart)}. The "
            "probabilities may differ from that run's in their last digits, and now and then a class with them.")
