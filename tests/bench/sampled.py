"""A bot that is looked at a few hundred times a second: `python -m tests.bench.sampled FILE MODULE …`.

Coroutines confuse a profiler that counts calls. This one notes, again after every so much CPU time, where the
main thread is: which of the bot's functions has it, and which library works for it.
"""

import atexit
import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY = 0.002
"""Seconds of CPU time between two looks."""

SHOWN = 25
LIBRARIES = "/site-packages/"
BOT = "/bot/"


class Samples:
    """How often the main thread was seen where."""

    def __init__(self) -> None:
        self.functions: Counter[str] = Counter()
        self.libraries: Counter[str] = Counter()

    def look(self, _signal: int, frame: FrameType | None) -> None:
        """Note where the main thread is."""
        library, function = "", ""
        while frame is not None and not function:
            name = frame.f_code.co_filename
            library = library or _library(name)
            if BOT in name and LIBRARIES not in name and not name.endswith("__main__.py"):
                function = f"{name.rpartition(BOT)[2]} {frame.f_code.co_qualname}"
            frame = frame.f_back
        self.functions[function or "(the event loop and what it calls)"] += 1
        self.libraries[library] += 1

    def written(self) -> str:
        """Return both tables, in per cent."""
        return "\n\n".join(
            f"{title}\n" + "\n".join(_lines(found))
            for title, found in (
                ("The bot's function that is innermost", self.functions),
                ("The library that is innermost", self.libraries),
            )
        )


def _library(file: str) -> str:
    if LIBRARIES in file:
        return file.rpartition(LIBRARIES)[2].partition("/")[0]
    if BOT in file:
        return "the bot itself"
    parts = file.rpartition("/python3.11/")[2].split("/") if "/python3" in file else [file]
    return f"python's {parts[0].removesuffix('.py')}"


def _lines(found: Counter[str]) -> list[str]:
    total = sum(found.values())
    return [f"{count / total:6.1%}  {name}" for name, count in found.most_common(SHOWN)]


def main() -> None:
    """Run a module as the main one and write where it was when it ends."""
    file, module, *arguments = sys.argv[1:]
    samples = Samples()
    atexit.register(lambda: Path(file).write_text(samples.written() + "\n", encoding="utf-8"))
    signal.signal(signal.SIGPROF, samples.look)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
