"""Keep the engines' small talk off stderr.

TFLite and ONNX Runtime write from C++ to file descriptor 2 ("INFO: Created TensorFlow Lite XNNPACK
delegate for CPU."), where Python's `sys.stderr` has no say. The descriptor is pointed at a
temporary file for as long as an engine starts; what is no small talk is passed on afterwards.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

# What engines say about themselves on a healthy machine. Debian's ONNX Runtime on boards without a
# GPU warns about device discovery; cpuinfo complains about kernels that hide a cache size.
SMALL_TALK = (b"INFO:", b"[W:onnxruntime", b"cpuinfo", b"WARNING: All log messages before absl")


@contextmanager
def quiet_engine() -> Iterator[None]:
    """Hold stderr back while an engine starts, then pass on all but its small talk.

    When the body raises, the exception tells the story and the text is dropped.
    """
    said: list[bytes] = []
    with heard_engine(said):
        yield
    for line in said:
        if not any(phrase in line for phrase in SMALL_TALK):
            os.write(2, line)


@contextmanager
def heard_engine(said: list[bytes], descriptors: tuple[int, ...] = (2,)) -> Iterator[None]:
    """Hold what an engine prints back and put its lines into `said`, also when the body raises.

    Args:
        said: Gains the lines.
        descriptors: 2 is stderr; LiteRT's GPU code talks on 1, too, where JSON belongs alone.
    """
    try:
        sys.stdout.flush()
        sys.stderr.flush()
        saved = [os.dup(descriptor) for descriptor in descriptors]
    except (OSError, ValueError, AttributeError):  # no stderr at all: a daemon, pythonw
        yield
        return
    with tempfile.TemporaryFile() as held:
        for descriptor in descriptors:
            os.dup2(held.fileno(), descriptor)
        try:
            yield
        finally:
            for i, descriptor in enumerate(descriptors):
                os.dup2(saved[i], descriptor)
                os.close(saved[i])
            held.seek(0)
            said.extend(held)
