"""One byte string for one value: JSON canonicalisation after RFC 8785."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import rfc8785

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical(value: Json) -> bytes:
    r"""The RFC 8785 bytes of a JSON value: keys sorted, one way to write each number.

    Raises:
        ValueError: for what JSON cannot carry exactly (NaN, integers beyond 2**53).

    Examples:
        >>> canonical({"b": 1, "a": "ü"})
        b'{"a":"\xc3\xbc","b":1}'
    """
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        message = f"a value has no canonical JSON: {error}"
        raise ValueError(message) from error
