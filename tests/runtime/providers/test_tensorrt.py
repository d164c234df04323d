from edgeattn_runtime.providers import accelerator


def test_explicit_int8_is_on_unless_the_version_has_no_flag():
    assert accelerator("tensorrt").engine_options() == {"trt_int8_enable": "1"}
    assert accelerator("tensorrt:int8=no").engine_options() == {}


def test_no_calibration_table_is_ever_asked_for():
    assert not [key for key in accelerator("tensorrt").engine_options() if "calibration" in key]


def test_one_folder_keeps_engines_and_timings():
    assert accelerator("tensorrt:int8=no,cache=trt").engine_options() == {
        "trt_engine_cache_enable": "1", "trt_engine_cache_path": "trt",
        "trt_timing_cache_enable": "1", "trt_timing_cache_path": "trt",
    }  # fmt: skip


def test_workspace_is_given_in_bytes():
    options = accelerator("tensorrt:workspace_mb=64").engine_options()
    assert options["trt_max_workspace_size"] == str(64 << 20)


def test_the_cache_is_claimed_before_a_session_opens(tmp_path):
    accelerator(f"tensorrt:cache={tmp_path / 'trt'}").prepare()
    assert (tmp_path / "trt").is_dir()
