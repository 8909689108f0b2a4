"""The external oracle: what the shards of a run hold, by their names and user blocks alone."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from pathlib import Path

from harness import check

NAME = re.compile(r"e(\d{5,})-r(\d{3,})-a(\d{4,})-s(\d{4,})\.([0-9a-f]{16})\.h5")
SUPERBLOCK = b"\x89HDF\r\n\x1a\n"
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
    end = data.find(b"\0")
    superblock = data.find(SUPERBLOCK)
    check(0 < end < superblock, f"{name}: no text header before the superblock")
    lines = data[:end].decode("ascii").splitlines(keepends=True)
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
    """All published shards. Each must be whole at any moment: that is what publishing promises."""
    found = (read_shard(path) for path in sorted((run / "shards").iterdir()))
    return [shard for shard in found if shard is not None]


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
