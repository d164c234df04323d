"""Everything that can go wrong and that a user can act on, as one tree.

    EdgeattnError                exit code
    ├── GateFailed                   1   measured, and it does not meet the gates
    ├── CannotConvert                1   an operator has no counterpart in a format
    ├── BadUsage                     2   what was typed is wrong
    └── BadInput                     3   what was handed in cannot be read or is invalid
        ├── BrokenBundle             3   a bundle that does not say what it holds
        ├── BrokenModel              3   a model file or factory that cannot be used
        ├── BadData                  3   samples that do not fit, are not finite, or are too few
        └── BadEnvironment           3   no engine or extra, disk full, device unreachable

A message is one sentence: what, where, how much, and what to do next. The names state the fault
itself, so that a `raise` reads as a sentence; hence no `Error` at their end.
"""

from __future__ import annotations


class EdgeattnError(Exception):
    """Base of all errors that are shown to the user as one line."""

    exit_code = 3


class GateFailed(EdgeattnError):  # noqa: N818
    """A measurement does not meet its gate."""

    exit_code = 1


class CannotConvert(EdgeattnError):  # noqa: N818
    """An operator, or a form of it, has no counterpart in the format asked for."""

    exit_code = 1


class BadUsage(EdgeattnError):  # noqa: N818
    """What was typed is wrong."""

    exit_code = 2


class BadInput(EdgeattnError):  # noqa: N818
    """What was handed in cannot be read or is invalid."""


class BrokenBundle(BadInput):
    """A bundle that is incomplete, altered, or of an unknown schema."""


class BrokenModel(BadInput):
    """A model file or factory that cannot be read or used."""


class BadData(BadInput):
    """Samples or labels that do not fit the model, are not finite, or are too few."""


class BadEnvironment(BadInput):
    """The machine lacks something: an engine, an extra, disk space, a device."""
