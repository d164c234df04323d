from edgeattn_runtime.providers import accelerator


def test_memory_is_given_in_bytes():
    assert accelerator("cuda:memory_mb=512").engine_options() == {"gpu_mem_limit": str(512 << 20)}


def test_float32_means_no_tf32_and_a_closer_answer():
    plain, full = accelerator("cuda"), accelerator("cuda:full_float32=yes")
    assert full.engine_options() == {"use_tf32": "0"}
    assert plain.float_sqnr_db < full.float_sqnr_db
