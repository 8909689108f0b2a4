"""Oracles over published results and progress files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from harness import check
from shards import Items, coverage, shards_of


def check_results(run: Path, index: bytes | None = None) -> bool:
    """Whether there are results. When there are, they are whole: every file has its digest."""
    current = run / "results" / "current"
    if not current.is_symlink():
        check(not current.exists(), f"{current}: not a link")
        return False
    sums = (current / "SHA256SUMS").read_text(encoding="ascii").splitlines()
    named = {name: digest for digest, name in (line.split("  ", 1) for line in sums)}
    there = {path.name for path in current.iterdir()} - {"SHA256SUMS"}
    check(set(named) == there, f"SHA256SUMS names {sorted(named)}, there are {sorted(there)}")
    for name, digest in named.items():
        found = hashlib.sha256((current / name).read_bytes()).hexdigest()
        check(found == digest, f"{name}: digest {found}, expected {digest}")
    if index is not None:
        check((current / "score_index.jsonl").read_bytes() == index, f"{current}: other bytes")
    return True


def acknowledged(run: Path) -> int:
    """Items that the newest attempt of element 0 called committed; 0 without a progress file."""
    try:
        progress = json.loads((run / "progress" / "e00000.json").read_bytes())
    except FileNotFoundError:
        return 0
    return int(progress["committed"])


def check_acknowledged(run: Path, before: int = 0) -> Items:
    """All shards are whole, and hold at least what was acknowledged on top of `before` items."""
    held = coverage(shards_of(run))
    said = acknowledged(run)
    check(len(held) >= before + said, f"{said} items acknowledged, {len(held)} are in shards")
    return held
