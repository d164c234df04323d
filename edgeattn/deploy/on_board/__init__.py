"""What runs on the board: sent as text, run by its Python, never installed.

Python 3.8 and its standard library only; nothing here imports edgeattn outside this folder. A
module answers with one JSON line on stdout; `{"error": KIND, "detail": TEXT}` when it cannot.
"""
