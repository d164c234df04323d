"""Where eight bits hurt a log-mel front end: samples, Fourier matrix, or energies.

    python -m benchmarks.log_mel [--quick]

Writes docs/measurements/log-mel.md and .json, from recordings of fsdd. Rounding is simulated and
nothing is timed, so that a busy machine gives the same page.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import linear

from benchmarks.record import Page, Table, effort_of, parse, write
from edgeattn.data.load import load_data
from edgeattn.models.log_mel import LogMel
from edgeattn_converters.one_thread import one_thread
from edgeattn_runtime.accuracy import sqnr_db
from edgeattn_runtime.machine import context

FEWEST = 50

LEAD = """\
The spectrogram of LogMel (8 kHz, frames of 256 samples, 40 bands, mean taken off) on {clips} \
recordings of fsdd's test split, when one of its values is rounded to eight bits and everything \
else stays float: its SQNR against float. Activations have one scale over their true range in all \
recordings, as in an int8 file; the matrix has one a row. Quiet recordings suffer most: the fourth \
column is the SQNR of the worst tenth."""


def main() -> None:
    options = parse("log_mel", __doc__)
    effort, before = effort_of(options), context(threads=1)
    data = load_data("fsdd", split="test", samples=FEWEST if options.quick else None)
    with one_thread(), torch.no_grad():
        rows = measure(torch.from_numpy(data.x["x"]))
    table = Table(
        "SQNR of the spectrogram",
        ("rounded to 8 bits", "SQNR", "median of recordings", "worst tenth"),
        tuple(
            (name, *(f"{round(value, 1) + 0.0:.1f} dB" for value in values))
            for name, values in rows.items()
        ),
    )
    page = Page(
        name="log-mel",
        title="Eight bits in front of a logarithm",
        lead=LEAD.format(clips=len(data)),
        tables=(table,),
        data={"clips": len(data), "sqnr_db": {k: list(v) for k, v in rows.items()}},
    )
    write(page, folder=options.out, effort=effort, before=before, module="log_mel")


def measure(audio: Tensor) -> dict[str, tuple[float, float, float]]:
    """Return SQNR over all clips, its median and its tenth percentile, by what was rounded."""
    mel = LogMel().eval()
    exact = mel(audio)
    choices: dict[str, tuple[str, ...]] = {
        "Fourier matrix": ("matrix",),
        "samples": ("samples",),
        "spectrum": ("spectrum",),
        "energies": ("energies",),
        "all four, as a Linear would be": ("matrix", "samples", "spectrum", "energies"),
    }
    found = {}
    for name, chosen in choices.items():
        rounded = rounded_mel(mel, audio, chosen)
        each = torch.tensor(
            [sqnr_db(a.numpy(), b.numpy()) for a, b in zip(exact, rounded, strict=True)]
        )
        found[name] = (
            sqnr_db(exact.numpy(), rounded.numpy()),
            float(each.median()),
            float(each.quantile(0.1)),
        )
    return found


def rounded_mel(mel: LogMel, audio: Tensor, chosen: tuple[str, ...]) -> Tensor:
    """Return the spectrogram with the chosen values on a grid of eight bits."""
    frames = audio.unfold(1, mel.frame, mel.hop)  # [clips, frames, frame]
    matrix = mel.dft
    if "samples" in chosen:
        frames = _eight_bits(frames, frames.abs().max())
    if "matrix" in chosen:
        matrix = _eight_bits(matrix, matrix.abs().amax(1, keepdim=True))
    spectrum = linear(frames, matrix)
    if "spectrum" in chosen:
        spectrum = _eight_bits(spectrum, spectrum.abs().max())
    energies = spectrum.square()
    if "energies" in chosen:  # they have no sign: all 255 steps are theirs
        energies = (energies / energies.max() * 255).round() * energies.max() / 255
    mels = (linear(energies, mel.mel) + mel.floor).log()
    return mels - mels.mean((1, 2), keepdim=True)


def _eight_bits(values: Tensor, largest: Tensor) -> Tensor:
    return (values / largest * 127).round() * largest / 127


if __name__ == "__main__":
    main()
