import subprocess
import sys
import time

from edgeattn.deploy.program import ORDER, program


def test_a_module_runs_in_a_bare_interpreter_and_leaves_the_rest_of_its_input(tmp_path):
    command, code = program(sys.executable, "remove", str(tmp_path / "it's nothing"))
    done = subprocess.run(
        ["sh", "-c", command], input=code + b"rest", capture_output=True, cwd="/", check=False
    )
    assert (done.returncode, done.stdout) == (0, b'{"removed_bytes": 0}\n')


def test_the_command_line_is_short_and_so_is_the_code():
    command, code = program("/usr/bin/python3", "receive", "/home/pi/.edgeattn")
    assert len(command) < 800
    assert len(code) < 10_000


def test_every_module_can_be_the_one_that_runs(tmp_path):
    for module in ("receive", "remove", "attend"):
        assert module in ORDER
        assert f"on_board.{module}" in program("python3", module)[0]


def test_code_that_arrives_in_pieces_is_read_whole(tmp_path):
    command, code = program(sys.executable, "remove", str(tmp_path / "nothing"))
    with subprocess.Popen(
        ["sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        for piece in (code[:1000], code[1000:]):
            process.stdin.write(piece)
            process.stdin.flush()
            time.sleep(0.3)  # long enough for it to have read the first piece alone
        process.stdin.close()
        assert process.stdout.read() == b'{"removed_bytes": 0}\n'


def test_a_line_that_ends_before_the_code_does_is_told():
    command, code = program(sys.executable, "remove", "/nothing")
    done = subprocess.run(["sh", "-c", command], input=code[:100], capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr == b"the line ended before the program\n"
