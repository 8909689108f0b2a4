"""Every link from an installed page to a file must end at one.

usage: installed_docs_test.py CMAKE BUILD_DIRECTORY
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import tempfile

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def broken_links(page: pathlib.Path) -> list[str]:
    links = LINK.findall(page.read_text(encoding="utf-8"))
    return [f"{page}: {link}" for link in links
            if "://" not in link and not (page.parent / link).exists()]


def main() -> int:
    cmake, build = sys.argv[1:]
    with tempfile.TemporaryDirectory() as prefix:
        subprocess.run([cmake, "--install", build, "--component", "docs", "--prefix", prefix],
                       check=True, stdout=subprocess.DEVNULL)
        pages = sorted(pathlib.Path(prefix).rglob("*.md"))
        broken = [line for page in pages for line in broken_links(page)]
    print(f"{len(pages)} pages", *broken, sep="\n")
    return 0 if pages and not broken else 1


if __name__ == "__main__":
    sys.exit(main())
