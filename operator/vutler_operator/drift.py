"""Compares what is wanted with what is there; pure.

The API server fills in defaults, rewrites quantities and drops empty values, so only what is wanted is compared.
What others *added* (a container, a data key, `hostNetwork`) is found in the server's own record of who set what.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

import orjson

from vutler_operator import names

__all__ = ["digest", "find_additions", "find_differences", "fingerprint", "parse_quantity", "slim", "stamp"]

Manifest = dict[str, Any]
"""A Kubernetes object as JSON."""

_FORM: Final = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?\d+)?")
_DECIMAL: Final = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: Final = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}

_POD: Final = "Pod"
_PASSING: Final = frozenset({"resourceVersion", "generation"})
"""Metadata that changes with every write."""
_NOT_CONTENT: Final = frozenset({"apiVersion", "kind", "metadata", "status"})


def digest(manifest: Manifest) -> str:
    """Return the hash of a manifest, which is the same however its keys are ordered."""
    return hashlib.sha256(orjson.dumps(manifest, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def stamp(manifest: Manifest) -> Manifest:
    """Return the manifest with the hash of itself as an annotation: the removal of a field shows as a new hash."""
    metadata = manifest["metadata"]
    annotations = {**metadata.get("annotations", {}), names.DESIRED_HASH: digest(manifest)}
    return manifest | {"metadata": metadata | {"annotations": annotations}}


def find_differences(desired: Manifest, live: Manifest) -> tuple[str, ...]:
    """Return the paths at which the live object is not as desired."""
    return tuple(_differences(_content(desired), _content(live), ""))


def find_additions(desired: Manifest, live: Manifest) -> tuple[str, ...]:
    """Return the paths of content that somebody else set and that is not desired.

    What the operator set itself and does not want any more shows in the hash. Annotations are everybody's:
    `kubectl rollout restart` works through one.
    """
    wanted = _content(desired)
    found: list[str] = []
    for entry in live["metadata"].get("managedFields") or ():
        if _is_foreign(entry):
            for key, fields in (entry.get("fieldsV1") or {}).items():
                if key.removeprefix("f:") not in _NOT_CONTENT:
                    found.extend(_additions({key: fields}, wanted, ""))
    return tuple(found)


def slim(live: Manifest) -> Manifest:
    """Return an object without what nobody looks at, to keep it in memory."""
    metadata = {key: value for key, value in live["metadata"].items() if key not in {"managedFields", "generateName"}}
    foreign = [
        {**entry, "fieldsV1": {k: v for k, v in fields.items() if k.removeprefix("f:") not in _NOT_CONTENT}}
        for entry in live["metadata"].get("managedFields") or ()
        if _is_foreign(entry) and (fields := entry.get("fieldsV1") or {}).keys() - {"f:metadata", "f:status"}
    ]
    kept = live | {"metadata": metadata | ({"managedFields": foreign} if foreign else {})}
    if live.get("kind") == _POD:
        kept.pop("spec", None)  # of a pod only its state counts; what it is made from stands in its Deployment
    return kept


def fingerprint(live: Manifest) -> bytes:
    """Return a hash of what a slimmed object is meant to be: no change of its status changes it."""
    metadata = {key: value for key, value in live["metadata"].items() if key not in _PASSING}
    content = [metadata, *(value for key, value in live.items() if key not in {"metadata", "status"})]
    return hashlib.blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).digest()


def parse_quantity(text: str) -> Decimal | None:
    """Return the value of a quantity (`500m`, `2Gi`), or None if the text is not one."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    number, suffix = Decimal(form[1]), form[2] or ""
    if suffix in _BINARY:
        return number * Decimal(1024 ** _BINARY[suffix])
    if suffix in _DECIMAL:
        return number.scaleb(_DECIMAL[suffix])
    return number.scaleb(int(suffix[1:]))


def _is_foreign(entry: Manifest) -> bool:
    return entry.get("manager") != names.FIELD_MANAGER and not entry.get("subresource")


def _content(obj: Manifest) -> Manifest:
    content = {key: value for key, value in obj.items() if key not in _NOT_CONTENT}
    metadata = obj["metadata"]
    for key in ("labels", "annotations"):
        content[key] = metadata.get(key) or {}
    content["owner"] = [_owner(owner) for owner in metadata.get("ownerReferences") or () if owner.get("controller")]
    return content


def _owner(reference: Manifest) -> Manifest:
    return {"kind": reference.get("kind"), "uid": reference.get("uid")}


def _differences(desired: Any, live: Any, path: str) -> Iterator[str]:
    if isinstance(desired, dict) and isinstance(live, dict):
        for key, value in desired.items():
            if key in live:
                yield from _differences(value, live[key], f"{path}.{key}")
            elif not _is_empty(value):
                yield f"{path}.{key}"
    elif isinstance(desired, list) and isinstance(live, list) and len(desired) == len(live):
        for position, (wanted, there) in enumerate(zip(desired, live, strict=True)):
            yield from _differences(wanted, there, f"{path}[{position}]")
    elif desired != live and not _same_quantity(desired, live) and not (_is_empty(desired) and _is_empty(live)):
        yield path


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", 0, [], {})


def _same_quantity(left: Any, right: Any) -> bool:
    if not (isinstance(left, str) and isinstance(right, str)):
        return False
    value = parse_quantity(left)
    return value is not None and value == parse_quantity(right)


def _additions(fields: Manifest, desired: Any, path: str) -> Iterator[str]:
    """Walk a `fieldsV1` set (`f:name` a field, `k:{…}` a list item by its keys) along what is desired."""
    for key, below in fields.items():
        if key == "." or key.startswith("v:"):
            continue
        name = key[2:]
        if key.startswith("f:") and name == "annotations":
            continue
        place = f"{path}.{name}" if key.startswith("f:") else f"{path}[{name}]"
        there, value = _step(key, name, desired)
        if not there:
            yield place
        elif isinstance(below, dict):
            yield from _additions(below, value, place)


def _step(key: str, name: str, desired: Any) -> tuple[bool, Any]:
    if key.startswith("f:"):
        return (name in desired, desired.get(name)) if isinstance(desired, dict) else (False, None)
    wanted = json.loads(name)
    for item in desired if isinstance(desired, list) else ():
        if isinstance(item, dict) and all(item.get(field) == value for field, value in wanted.items()):
            return True, item
    return False, None
