"""A report as people read it: one offline HTML card, or a table on the terminal."""

from edgeattn.report.card import render_html

__all__ = ["render_html"]
