import pytest

from edgeattn_runtime.placement import (
    Placement,
    complaints_in,
    from_profile,
    software_driver,
)

WEBGPU = "WebGpuExecutionProvider"


def node(operator, provider=WEBGPU, name="node_kernel_time"):
    """Return an event as ONNX Runtime 1.31 writes it, without the rest of its arguments."""
    return {"cat": "Node", "name": name, "args": {"op_name": operator, "provider": provider}}


def test_copies_are_no_nodes():
    placement = from_profile([node("MatMul"), node("MemcpyToHost"), node("MemcpyFromHost")], WEBGPU)
    assert (placement.here, placement.copies, placement.whole) == (1, 2, True)
    assert placement.fault() is None


def test_fences_and_the_session_itself_do_not_count():
    events = [
        node("MatMul", name="node_fence_before"),
        {"cat": "Session", "name": "model_run"},
        node("MatMul"),
    ]
    assert from_profile(events, WEBGPU).here == 1


def test_operators_on_the_cpu_are_a_fault_unless_allowed():
    events = [node("MatMul"), *[node("QuantizeLinear", "CPUExecutionProvider")] * 2]
    placement = from_profile(events, WEBGPU)
    fault = placement.fault()
    assert fault is not None
    assert f"{WEBGPU} did not take the whole graph: 1 of 3 nodes on {WEBGPU}" in fault
    assert "2 QuantizeLinear on CPUExecutionProvider" in fault
    assert placement.fault(partial=True) is None


def test_nothing_there_is_a_fault_even_where_a_part_is_allowed():
    placement = from_profile([node("MatMul", "CPUExecutionProvider")], WEBGPU)
    assert placement.fell_back
    assert "was asked for and ran nothing" in str(placement.fault(partial=True))


def test_an_engine_that_does_not_count_says_all_or_a_part():
    assert str(Placement("LiteRT GPU")) == "all on the GPU"
    assert "partly on the CPU" in str(Placement("LiteRT GPU", whole=False).fault())


def test_code_that_did_not_compile_is_a_fault_though_it_ran():
    said = [
        b"INFO: [delegate_webgpu.cc:363] Created a WebGPU environment.\n",
        b"Validation error: cannot assign 'vec4<f16>' to 'vec4<i32>'\n",
        b" - While validating [Invalid ComputePipeline (unlabeled)]\n",
    ]
    placement = Placement("LiteRT GPU", complaints=complaints_in(said))
    assert len(placement.complaints) == 2
    assert "returned something all the same (Validation error: cannot assign" in str(
        placement.fault(partial=True)
    )


def test_small_talk_is_no_complaint():
    assert complaints_in([b"INFO: Selected adapter: SwiftShader\n", b"WARNING: slow\n"]) == ()


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ("/usr/lib/chromium/vk_swiftshader_icd.json", True),
        ("/usr/share/vulkan/icd.d/lvp_icd.x86_64.json", True),
        ("/usr/share/vulkan/icd.d/nvidia_icd.json", False),
        ("", False),
    ],
)
def test_a_software_driver_is_known_by_its_file(named, expected):
    assert software_driver({"VK_ICD_FILENAMES": named}) is expected
    assert software_driver({"VK_DRIVER_FILES": named}) is expected


def test_a_software_driver_is_told_with_the_placement():
    assert "whose times are no GPU's" in str(Placement("LiteRT GPU", software=True))
