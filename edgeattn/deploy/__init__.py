"""A bundle onto a board: connect, probe, choose an engine, ship by checksum, run there.

    with connect("ssh://pi@raspberrypi") as board:
        deployed = deploy(open_bundle("bundle"), board)
        report = run_on(board, deployed, ["bench"])

The user's own ssh and adb carry every byte; the board needs Python 3.8 and nothing else.
"""
