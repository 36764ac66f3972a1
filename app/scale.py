"""The same analyses mapped over chunks of sites: in this process, or on the workers of a Dask scheduler.

For districts and provinces beyond one machine. Needs the optional extra ``scale``; nothing else in the product does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from domain.errors import Unavailable

A = TypeVar("A")
B = TypeVar("B")
#: A scheduler that does not answer within this time is not there.
CONNECT_S = 10


def map_chunks(function: Callable[[A], B], chunks: Iterable[A], *, scheduler: str = "") -> list[B]:
    """``function`` of each chunk, in the order of the chunks.

    function : pure and importable by the workers, which run the same version of the product
    scheduler : address such as ``tcp://10.0.0.5:8786``; empty = this process
    Raises Unavailable when the scheduler does not answer; what ``function`` raises passes through
    """
    if not scheduler:
        return [function(chunk) for chunk in chunks]
    try:
        from distributed import Client
    except ImportError as error:
        raise Unavailable("Dask is not installed; install the extra: pip install 'yingfeng[scale]'") from error
    try:
        # Dask ships no types for its client.
        client: Any = Client(scheduler, timeout=CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise Unavailable(f"the Dask scheduler at {scheduler} does not answer: {error}") from error
    with client:
        # Equal chunks are different work here: two sites may well have the same loads.
        found: list[B] = client.gather(client.map(function, list(chunks), pure=False))
        return found
