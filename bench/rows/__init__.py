"""The rows of the benchmark table: what each measures, against what, and the goal as a ratio."""

from collections.abc import Callable
import dataclasses
import importlib
import pathlib
import pkgutil


@dataclasses.dataclass
class Program:
    """Something measured. `run` does it once and returns {"value": x} or several named values."""

    run: Callable[[], dict[str, float]]
    most_reps: int = 1000


@dataclasses.dataclass
class Goal:
    """`over / under`, compared with `bound`; `sign` is ">=" or "<="."""

    text: str
    over: str
    under: str
    sign: str
    bound: float

    def met(self, ratio: float) -> bool:
        return ratio >= self.bound if self.sign == ">=" else ratio <= self.bound


@dataclasses.dataclass
class Row:
    name: str
    title: str
    unit: str
    programs: dict[str, Program]
    goals: list[Goal]
    units: dict[str, str] = dataclasses.field(default_factory=dict)

    def unit_of(self, name: str) -> str:
        return self.units.get(name, self.unit)


def all_rows() -> dict[str, Callable[[pathlib.Path, pathlib.Path], Row]]:
    """Row name -> its maker, from the modules of this folder: p5.make for P5, s1.make for S1.

    A maker gets the folder of our programs and an empty scratch folder, and prepares its data there.
    """
    names = sorted((module.name for module in pkgutil.iter_modules(__path__)
                    if module.name[1:].isdigit()), key=lambda name: (name[0], int(name[1:])))
    return {name.upper(): importlib.import_module(f"rows.{name}").make for name in names}
