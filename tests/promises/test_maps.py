"""The maps of the flows and of the demo have every module, and no other."""

from pathlib import Path
from types import ModuleType

import pytest

from bot import demo, flows


@pytest.mark.parametrize("package", [flows, demo])
def test_every_module_is_on_the_map_of_its_package_once_and_nothing_else_is(package: ModuleType) -> None:
    drawn = sorted(
        line.split()[0] for line in (package.__doc__ or "").splitlines() if line.startswith("    ")
    )
    folder = Path(package.__file__ or "").parent
    modules = [
        ".".join(each.relative_to(folder).with_suffix("").parts)
        for each in folder.rglob("*.py")
        if each.name != "__init__.py"
    ]
    assert drawn == sorted(modules)
