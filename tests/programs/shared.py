"""What the tests of whole programs share. The harness is that of the crash tests."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys

Path = pathlib.Path
SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "crash"))

from harness import Context, Geometry, Skipped, check, index_bytes  # noqa: E402

PYTHON = "/usr/bin/python3"  # Debian's: the h5py package belongs to it
EXAMPLE = SOURCE / "examples" / "quickstart"
INCOMPLETE = 75
DATA = 65


def index_rows(run: Path) -> list[dict]:
    return [json.loads(line) for line in index_bytes(run).splitlines()]


def summary_of(run: Path) -> dict:
    return json.loads((run / "results" / "current" / "summary.json").read_bytes())


def code_blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page that carry this language; "" are those without one."""
    text = page.read_text(encoding="utf-8")
    return [body for word, body in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)
            if word == language]


def block_with(page: Path, language: str, needle: str) -> str:
    """The only such block with `needle` in it."""
    found = [block for block in code_blocks(page, language) if needle in block]
    check(len(found) == 1, f"{page}: {len(found)} {language} blocks with {needle!r}")
    return found[0]


def train_models(context: Context, folder: Path) -> Path:
    """small.pt, medium.pt and large.pt in `folder`, as ./quickstart makes them."""
    program = Path(context.programs.tally).with_name("train-digits")
    if not program.exists():
        raise Skipped("built without LibTorch: there is no train-digits")
    data = EXAMPLE / "data" / "optdigits.csv.gz"
    context.programs.run([str(program), str(data), str(folder)]).expect(0)
    return folder


def check_spread(run: Path, geometry: Geometry) -> None:
    """The elements really ran with so many ranks: progress says so."""
    said = [json.loads(path.read_bytes()) for path in sorted((run / "progress").glob("e*.json"))]
    check(len(said) == geometry.elements, f"{geometry}: {len(said)} elements ran")
    ranks = {entry["ranks"] for entry in said}
    check(ranks == {geometry.ranks}, f"{geometry}: ranks {ranks}")


def check_sums(run: Path) -> None:
    line = ["sha256sum", "-c", "--strict", "SHA256SUMS"]
    done = subprocess.run(line, cwd=run / "results" / "current", capture_output=True, text=True,
                          check=False)
    check(done.returncode == 0, f"sha256sum -c: {done.stdout}{done.stderr}")
