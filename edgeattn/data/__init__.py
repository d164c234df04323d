"""Samples: data sets by name, folders of class folders and `.npz` files by path."""

from edgeattn.data.data import Data
from edgeattn.data.load import load_data

__all__ = ["Data", "load_data"]
