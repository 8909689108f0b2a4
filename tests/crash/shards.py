"""The external oracle: what the shards of a run hold, by their names and user blocks alone."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import time
from pathlib import Path

from harness import Failure, check

NAME = re.compile(r"e(\d{5,})-r(\d{3,})-a(\d{4,})-s(\d{4,})\.([0-9a-f]{16})\.h5")
SUPERBLOCK = b"\x89HDF\r\n\x1a\n"
PATIENCE = 60.0
Items = frozenset[int]


@dataclasses.dataclass(frozen=True)
class Shard:
    name: str
    items: Items


def parse_set(text: str) -> Items:
    """"0-3,7" -> {0, 1, 2, 3, 7}."""
    items: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        items.update(range(int(first), int(last or first) + 1))
    return frozenset(items)


def text_header(data: bytes, name: str) -> dict[str, str]:
    """The `key value` lines of a user block."""
    block, superblock, _ = data.partition(SUPERBLOCK)
    text = block.rstrip(b"\0")  # of any length: it may fill the block to the last byte
    check(bool(text and superblock), f"{name}: no text header before the superblock")
    lines = text.decode("ascii").splitlines(keepends=True)
    fields = dict(line.rstrip("\n").partition(" ")[::2] for line in lines)
    check(fields["tally-shard"] == "1", f"{name}: version {fields['tally-shard']}")
    sealed = hashlib.sha256("".join(lines[:-1]).encode()).hexdigest()[:16]
    check(fields["check"] == sealed, f"{name}: the header's own check fails")
    return fields


def read_shard(path: Path) -> Shard | None:
    """None when it is not there any more. A published shard that is not whole is a Failure."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None  # folded into another one between listing and opening
    match = NAME.fullmatch(path.name)
    check(match is not None, f"{path.name}: not the name of a shard")
    digest = hashlib.sha256(data).hexdigest()[:16]
    check(match.group(5) == digest, f"{path.name}: digest of the bytes is {digest}")
    fields = text_header(data, path.name)
    items = parse_set(fields["items"])
    check(len(items) == int(fields["records"]), f"{path.name}: records {fields['records']}")
    return Shard(path.name, items)


def shards_of(run: Path) -> list[Shard]:
    """All published shards. Each must be whole at any moment: that is what publishing promises.

    A fold publishes one shard and then removes others: what vanishes between listing and reading,
    or is not listed any more, is in a shard that only another listing is sure to show.
    """
    folder = run / "shards"
    read: dict[str, Shard] = {}
    before: set[str] | None = None
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        names = set(os.listdir(folder))
        for name in names - set(read):
            if shard := read_shard(folder / name):
                read[name] = shard
        if before is not None and before <= names <= set(read):
            return [read[name] for name in sorted(names)]
        before = names
    raise Failure(f"{folder}: shards kept vanishing for {PATIENCE} s while they were listed")


def coverage(shards: list[Shard]) -> Items:
    return frozenset().union(*(shard.items for shard in shards))


def check_nothing_lost(before: list[Shard], after: list[Shard]) -> int:
    """Names may only go when their items are in another shard. Returns how many went (folded)."""
    now = coverage(after)
    lost = coverage(before) - now
    check(not lost, f"{len(lost)} committed items are gone, e.g. {sorted(lost)[:5]}")
    names = {shard.name for shard in after}
    gone = [shard for shard in before if shard.name not in names]
    for shard in gone:
        check(shard.items <= now, f"{shard.name}: removed, but not folded")
    return len(gone)
