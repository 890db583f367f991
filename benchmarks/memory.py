"""How fast memory is here, and how many bytes a year of the model reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.measure import seconds_of

__all__ = ["Counted", "bytes_counted", "bytes_per_second"]

# Beyond what any processor caches.
COPIED_BYTES = 512 * 2**20
COPIES = 5


def bytes_per_second(threads: int, copied_bytes: int = COPIED_BYTES) -> float:
    """Bytes read plus bytes written each second by the fastest of some copies of a large array, in parts on threads."""
    source = np.ones(copied_bytes // 8)
    into = np.zeros_like(source)
    parts = list(zip(np.array_split(into, threads), np.array_split(source, threads), strict=True))
    with ThreadPoolExecutor(threads) as pool:
        fastest = min(seconds_of(lambda: list(pool.map(_copy, parts))).wall for _ in range(COPIES))
    return 2 * source.nbytes / fastest


def _copy(part: tuple[np.ndarray, np.ndarray]) -> None:
    np.copyto(*part)


class Counted(np.ndarray):
    """An array that adds up the bytes of what is computed from it; so do the results, which are counted arrays too."""

    moved_bytes = 0

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: object, out: tuple = (), **options: object):
        """Compute, and count what is read and written."""
        if out:
            options["out"] = tuple(map(_plain, out))
        # A place to compute in only some elements of is an array too.
        if "where" in options:
            options["where"] = _plain(options["where"])
        result = getattr(ufunc, method)(*map(_plain, inputs), **options)
        if result is NotImplemented or method == "at":
            return result
        results = result if isinstance(result, tuple) else (result,)
        Counted.moved_bytes += _bytes([*inputs, *results])
        if out:
            return out[0] if len(out) == 1 else out
        return result.view(Counted) if isinstance(result, np.ndarray) else result

    def __setitem__(self, key: object, value: object) -> None:
        """Write, and count it once read and once written."""
        plain = _plain(self)
        plain[key] = _plain(value)
        Counted.moved_bytes += 2 * _bytes([plain[key]])


def bytes_counted(call: Callable[[], object]) -> int:
    """Bytes that arithmetic on counted arrays reads and writes during a call; other threads must not use any."""
    Counted.moved_bytes = 0
    call()
    return Counted.moved_bytes


def _plain(value: object) -> object:
    return value.view(np.ndarray) if isinstance(value, Counted) else value


def _bytes(values: Iterable[object]) -> int:
    """Bytes of arrays, each element once however often it is repeated by broadcasting."""
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    return sum(
        array.itemsize * int(np.prod([size for size, stride in zip(array.shape, array.strides, strict=True) if stride]))
        for array in arrays
    )
