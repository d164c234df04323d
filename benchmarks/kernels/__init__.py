"""The fused int8 attention against what the engine has, in one engine, one thread, in turn."""
