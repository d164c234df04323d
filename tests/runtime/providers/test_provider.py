import dataclasses

import pytest

from edgeattn_runtime.errors import BadUsage
from edgeattn_runtime.providers import ACCELERATORS, accelerator, is_accelerator
from edgeattn_runtime.providers.cpu import Cpu, Xnnpack
from edgeattn_runtime.session import ENGINES, FORMATS


@pytest.mark.parametrize("name", ACCELERATORS)
def test_a_name_alone_gives_the_defaults(name):
    provider = accelerator(name)
    assert str(provider) == name
    assert provider == ACCELERATORS[name]()


@pytest.mark.parametrize(
    "words",
    ["tensorrt:fp16=yes,cache=trt,optimisation=5", "webgpu:software=yes", "cuda:partial=yes"],
)
def test_options_survive_being_written_and_read(words):
    assert accelerator(str(accelerator(words))) == accelerator(words)


@pytest.mark.parametrize("provider", [*ACCELERATORS.values(), Cpu, Xnnpack])
def test_a_provider_belongs_to_an_engine_that_runs_its_format(provider):
    assert provider.engine in FORMATS[provider.format]
    assert provider.engine in ENGINES
    assert provider.package


@pytest.mark.parametrize("provider", ACCELERATORS.values())
def test_every_option_says_what_it_does(provider):
    assert all(field.metadata["about"] for field in dataclasses.fields(provider))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("webgpu:power=9", "webgpu: power is '9'; it must be one of high-performance, low-power"),
        ("tensorrt:optimisation=6", "optimisation is 6; it must be a whole number from 0 to 5"),
        ("tensorrt:optimisation=best", "optimisation is 'best'; it must be a whole number"),
        ("tensorrt:fp16=perhaps", "fp16 is 'perhaps'; it must be yes or no"),
        ("cuda:trt_fp16_enable=1", "cuda has no option 'trt_fp16_enable=1'; it has partial=yes|no"),
        ("litert-gpu:float32", "litert-gpu has no option 'float32'; it has"),
        ("vulkan", "there is no accelerator 'vulkan'; choose one of webgpu, litert-gpu, cuda"),
    ],
)
def test_what_an_engine_would_drop_without_a_word_is_refused(words, message):
    with pytest.raises(BadUsage) as refused:
        accelerator(words)
    assert message in str(refused.value)


def test_the_engine_gets_only_what_was_chosen():
    assert accelerator("webgpu").engine_options() == {}
    assert accelerator("webgpu:layout=NHWC,graph_capture=yes").engine_options() == {
        "preferredLayout": "NHWC", "enableGraphCapture": "1"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("engine", "expected"),
    [("webgpu", True), ("tensorrt:fp16=yes", True), ("onnxruntime", False), (None, False)],
)
def test_an_accelerator_is_known_by_its_name(engine, expected):
    assert is_accelerator(engine) is expected
