"""A shard cut at every length, and with single bits flipped: exactly these are quarantined."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from harness import Context, Workload, check, copy_run, index_bytes, main
from shards import NAME, coverage, shards_of

LOAD = Workload(docs=20, repeats=(1,), temperatures=tuple(i / 10 for i in range(8)), interval_ms=10,
                records=5, words=3)
FLIPS = 2000
HOSTILE = 300
BATCH = 1500
INCOMPLETE = 75
DATA = 65
VERSION_AT = len("tally-shard ")  # a digit: it may become that of a newer version


@dataclasses.dataclass(frozen=True)
class Damage:
    """A damaged copy of the victim, and what was done to it."""

    what: str
    data: bytes


def cut_everywhere(data: bytes) -> list[Damage]:
    return [Damage(f"cut at {length}", data[:length]) for length in range(len(data))]


def flip_bit(data: bytes, bit: int) -> bytes:
    damaged = bytearray(data)
    damaged[bit // 8] ^= 1 << bit % 8
    return bytes(damaged)


def flip_bits(context: Context, data: bytes, count: int) -> list[Damage]:
    bits = [context.random.randrange(8 * len(data)) for _ in range(count)]
    return [flipped(data, bit) for bit in bits]


def flipped(data: bytes, bit: int) -> Damage:
    return Damage(f"bit {bit} flipped", flip_bit(data, bit))


def copy_name(original: str, number: int) -> str:
    """Another attempt and sequence number, the same digest: a name that no rank gives again."""
    element, rank, _, _, digest = NAME.fullmatch(original).groups()
    return f"e{element}-r{rank}-a{9000 + number // 1000:04}-s{number % 1000:04}.{digest}.h5"


def plant(run: Path, original: str, damages: Iterable[Damage]) -> dict[str, str]:
    planted = {}
    for number, damage in enumerate(damages):
        name = copy_name(original, number)
        (run / "shards" / name).write_bytes(damage.data)
        planted[name] = damage.what
    return planted


def check_quarantined(run: Path, planted: dict[str, str]) -> None:
    """Moved away with a reason each, and named in the manifest: all of them, and only they."""
    moved = {path.name for path in (run / "quarantine").iterdir()}
    manifest = (run / "results" / "current" / "manifest.json").read_text(encoding="utf-8")
    named = set(re.findall(r"e\d{5,}-r\d{3,}-a9\d{3,}-s\d{4,}\.[0-9a-f]{16}\.h5", manifest))
    json.loads(manifest)
    for name, what in planted.items():
        check(not (run / "shards" / name).exists(), f"{name} ({what}): still among the shards")
        check(name in moved, f"{name} ({what}): not in quarantine")
        check(f"{name}.reason.txt" in moved, f"{name} ({what}): quarantined without a reason")
        check(name in named, f"{name} ({what}): not named in manifest.json")
    extra = moved - set(planted) - {f"{name}.reason.txt" for name in planted}
    check(not extra, f"in quarantine without being damaged: {sorted(extra)[:5]}")


class Bench:
    """A finished run of many small shards, and the one of them that gets damaged."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.template = context.finished_run(LOAD, "whole")
        self.index = index_bytes(self.template)
        shards = shards_of(self.template)
        check(len(shards) > 1, f"{len(shards)} shards: nothing is left when one is damaged")
        self.victim = min(shards, key=lambda shard: len(shard.items))
        self.data = (self.template / "shards" / self.victim.name).read_bytes()
        others = [shard for shard in shards if shard is not self.victim]
        self.lost = coverage([self.victim]) - coverage(others)
        check(bool(self.lost), "the victim's items are all in other shards, too")

    def batch(self, damages: list[Damage], covered: bool) -> None:
        """One aggregation over all of `damages`, with or without the intact original."""
        run = copy_run(self.template, self.context.scratch / "batch")
        planted = plant(run, self.victim.name, damages)
        if not covered:
            (run / "shards" / self.victim.name).unlink()
        programs = self.context.programs
        programs.aggregate(run).expect(0 if covered else INCOMPLETE)
        check_quarantined(run, planted)
        if covered:
            check(index_bytes(run) == self.index, "damaged copies changed the results")
            return
        missing = sum(json.loads(row)["counts"]["missing"]
                      for row in index_bytes(run).splitlines())
        check(missing == len(self.lost), f"{missing} items missing, expected {len(self.lost)}")
        programs.resume(run).expect(0)
        check(index_bytes(run) == self.index, "other bytes after the resume")

    def sealed(self, damages: list[Damage]) -> tuple[Path, list[Path]]:
        """A run with damage under a digest that fits in place of the victim, and where it lies."""
        run = copy_run(self.template, self.context.scratch / "batch")
        stem = NAME.fullmatch(self.victim.name).groups()
        (run / "shards" / self.victim.name).unlink()
        planted = []
        for number, damage in enumerate(damages):
            digest = hashlib.sha256(damage.data).hexdigest()[:16]
            name = f"e{stem[0]}-r{stem[1]}-a9000-s{number:04}.{digest}.h5"
            planted.append(run / "shards" / name)
            planted[-1].write_bytes(damage.data)
        return run, planted

    def hostile(self, damages: list[Damage]) -> None:
        """Whatever is in the file, the aggregator lives."""
        run, _ = self.sealed([damage for damage in damages
                              if damage.data[VERSION_AT] == self.data[VERSION_AT]])
        self.context.programs.aggregate(run).expect(0, INCOMPLETE)

    def versions(self) -> None:
        """A whole shard of a newer version is refused and stays; one of version 0 is damage."""
        check(self.data[VERSION_AT] == ord("1"), f"no version: {self.data[:20]!r}")
        for bit in range(8 * VERSION_AT, 8 * VERSION_AT + 4):  # 0, 3, 5, 9
            damage = flipped(self.data, bit)
            newer = damage.data[VERSION_AT] > ord("1")
            run, (shard,) = self.sealed([damage])
            finished = self.context.programs.aggregate(run).expect(DATA if newer else INCOMPLETE)
            check(shard.exists() == newer, f"{damage.what}: exit {finished.code}, wrong place")
            said = (f"found {chr(damage.data[VERSION_AT])}, expected at most 1" if newer
                    else "found version 0, expected at least 1")
            check(said in finished.stderr, f"{damage.what}: {finished.stderr}")


def test(context: Context) -> None:
    bench = Bench(context)
    data = bench.data
    cuts = cut_everywhere(data)
    flips = flip_bits(context, data, FLIPS)
    damages = cuts + flips
    if context.quick:
        damages = context.random.sample(damages, BATCH)
    context.random.shuffle(damages)
    context.say(f"  {bench.victim.name}: {len(data)} bytes, {len(cuts)} cuts, {len(flips)} flips")
    for number, begin in enumerate(range(0, len(damages), BATCH)):
        bench.batch(damages[begin:begin + BATCH], covered=number % 2 == 0)
    bench.batch(damages[:3], covered=False)
    bench.hostile(flip_bits(context, data, HOSTILE))
    bench.versions()
    context.say(f"  {len(damages)} damaged and {HOSTILE} hostile shards")


if __name__ == "__main__":
    main(test, many_syncs=True)
