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
    try:
        sys.stderr.flush()
        saved = os.dup(2)
    except (OSError, ValueError, AttributeError):  # no stderr at all: a daemon, pythonw
        yield
        return
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)
        said.seek(0)
        for line in said:
            if not any(phrase in line for phrase in SMALL_TALK):
                os.write(2, line)
