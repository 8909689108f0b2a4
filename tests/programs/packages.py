"""scripts/packages.sh: what ./quickstart and ./check say and do about missing packages."""

from __future__ import annotations

import subprocess

from shared import SOURCE, Context, Path, check
from harness import main

# Answers as dpkg-query does; packages whose name starts with "absent" are not there.
DPKG_QUERY = """#!/bin/sh
for name; do :; done
echo "$name" >> "$ASKED"
case $name in absent*) exit 1 ;; esac
printf 'install ok installed'
"""
# apt-get or sudo of somebody who may not, and of somebody who may.
NEVER = '#!/bin/sh\necho "$0 $*" >> "$DONE"\nexit 1\n'
NOTED = '#!/bin/sh\necho "$(basename "$0") $*" >> "$DONE"\n'
TOOLS = ("bash", "sh", "grep", "cat", "basename")  # what else is in PATH


class Machine:
    """A PATH with a dpkg-query, an id, an apt-get and perhaps a sudo of our own."""

    def __init__(self, context: Context, name: str, uid: int, **programs: str) -> None:
        self.folder = context.folder(name)
        self.done, self.asked = self.folder / "done.txt", self.folder / "asked.txt"
        path = self.folder / "bin"
        path.mkdir()
        for tool in TOOLS:
            (path / tool).symlink_to(next(at for folder in ("/usr/bin", "/bin")
                                          if (at := Path(folder, tool)).exists()))
        programs = {"dpkg-query": DPKG_QUERY, "id": f"#!/bin/sh\necho {uid}\n"} | programs
        for program, text in programs.items():
            if text:
                (path / program.replace("_", "-")).write_text(text, encoding="utf-8")
                (path / program.replace("_", "-")).chmod(0o755)
        self.env = {"PATH": str(path), "DONE": str(self.done), "ASKED": str(self.asked)}

    def install(self, *packages: str) -> subprocess.CompletedProcess[str]:
        script = f'set -euo pipefail; . {SOURCE}/scripts/packages.sh\n' \
                 'install_packages "$@"; echo on'
        return subprocess.run(["bash", "-c", script, "bash", *packages], env=self.env, text=True,
                              capture_output=True, timeout=60, check=False)

    def commands(self) -> list[str]:
        return self.done.read_text(encoding="utf-8").splitlines() if self.done.exists() else []


def goes_on(done: subprocess.CompletedProcess[str]) -> str:
    check(done.returncode == 0 and done.stdout == "on\n", f"{done}")
    return done.stderr


def nothing_missing_says_and_does_nothing(context: Context) -> None:
    machine = Machine(context, "complete", 1000, apt_get=NEVER, sudo=NEVER)
    check(goes_on(machine.install("one", "two")) == "", "it speaks although nothing is missing")
    check(machine.commands() == [], f"it ran {machine.commands()}")
    asked = machine.asked.read_text(encoding="utf-8").split()
    check(asked == ["one", "two"], f"it asked for {asked}")


def without_root_the_apt_line_is_named_and_the_build_goes_on(context: Context) -> None:
    for name, sudo in (("no-sudo", ""), ("no-right", NEVER)):
        machine = Machine(context, name, 1000, apt_get=NEVER, sudo=sudo)
        said = goes_on(machine.install("absent-one", "two", "absent-three"))
        check(said == "== these packages are missing and this account may not install them; ask "
              "for\n==     sudo apt-get install -y --no-install-recommends "
              "absent-one absent-three\n"
              "== going on, in case the libraries came another way\n", said)
        check(not any("apt-get" in line for line in machine.commands()), f"{machine.commands()}")


def with_root_exactly_the_missing_ones_are_installed(context: Context) -> None:
    machine = Machine(context, "root", 0, apt_get=NOTED)
    said = goes_on(machine.install("one", "absent-two"))
    check(said == "== installing 1 packages: absent-two\n", said)
    check(machine.commands() == ["apt-get update -qq", "apt-get install -y -qq "
                                 "--no-install-recommends absent-two"], f"{machine.commands()}")


def a_failed_installation_ends_it(context: Context) -> None:
    machine = Machine(context, "offline", 0, apt_get=NEVER)
    done = machine.install("absent-one")
    check(done.returncode != 0 and done.stdout == "", f"{done}")


def elsewhere_than_on_debian_the_names_are_said(context: Context) -> None:
    machine = Machine(context, "other", 1000, **{"dpkg-query": ""})
    said = goes_on(machine.install("one", "two"))
    check(said == "== not a Debian system: taking the libraries as they are (needed: one two)\n",
          said)


def test(context: Context) -> None:
    for one in (nothing_missing_says_and_does_nothing,
                without_root_the_apt_line_is_named_and_the_build_goes_on,
                with_root_exactly_the_missing_ones_are_installed, a_failed_installation_ends_it,
                elsewhere_than_on_debian_the_names_are_said):
        one(context)
        context.say(f"  {one.__name__.replace('_', ' ')}")


if __name__ == "__main__":
    main(test)
