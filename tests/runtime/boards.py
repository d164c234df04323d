"""Trees of /proc and /sys as boards show them, in the formats of their kernels' documentation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Board:
    """A folder that stands for the root of a board's file system."""

    root: Path

    def put(self, name: str, content: object) -> Board:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")
        return self

    def cpus(self, *mhz: tuple[int, int], capacities: tuple[int, ...] = ()) -> Board:
        """Give it one core for each (clock now, clock at most), all capped at the latter."""
        cpu = "sys/devices/system/cpu"
        self.put(f"{cpu}/online", f"0-{len(mhz) - 1}" if len(mhz) > 1 else "0")
        for core, (now, most) in enumerate(mhz):
            self.put(f"{cpu}/cpu{core}/cpufreq/scaling_cur_freq", now * 1000)
            self.put(f"{cpu}/cpu{core}/cpufreq/scaling_max_freq", most * 1000)
            self.put(f"{cpu}/cpu{core}/cpufreq/cpuinfo_max_freq", most * 1000)
            self.put(f"{cpu}/cpu{core}/cpufreq/scaling_governor", "ondemand")
        for core, capacity in enumerate(capacities):
            self.put(f"{cpu}/cpu{core}/cpu_capacity", capacity)
        return self

    def zone(self, number: int, kind: str, celsius: float, limit: float | None = None) -> Board:
        """Give it a thermal zone, with a passive trip point when there is a limit."""
        zone = f"sys/class/thermal/thermal_zone{number}"
        self.put(f"{zone}/type", kind).put(f"{zone}/temp", round(celsius * 1000))
        if limit is not None:
            self.put(f"{zone}/trip_point_0_type", "passive")
            self.put(f"{zone}/trip_point_0_temp", round(limit * 1000))
        return self

    def stat(self, *cores: tuple[int, int]) -> Board:
        """Write /proc/stat: (ticks busy in user mode, ticks idle) of each core."""
        lines = [f"cpu  {sum(busy for busy, _ in cores)} 0 0 {sum(idle for _, idle in cores)}"]
        lines += [f"cpu{i} {busy} 0 0 {idle} 7 0 0 0 0 0" for i, (busy, idle) in enumerate(cores)]
        return self.put("proc/stat", "\n".join([*lines, "intr 1 2 3", "btime 0"]))

    def rail(self, number: int, label: str, millivolts: int, milliamperes: int) -> Board:
        """Give it an INA3221 channel as JetPack 5 and later show it."""
        chip = "sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon1"
        self.put(f"{chip}/in{number}_label", label)
        self.put(f"{chip}/in{number}_input", millivolts)
        return self.put(f"{chip}/curr{number}_input", milliamperes)

    def tool(self, name: str, script: str) -> str:
        """Put a program below bin/ and return the PATH that finds it first."""
        self.put(f"bin/{name}", f"#!/bin/sh\n{script}")
        (self.root / "bin" / name).chmod(0o755)
        return f"{self.root}/bin:/usr/bin:/bin"


def raspberry_pi_4(root: Path) -> Board:
    board = Board(root).put("proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
    board.cpus(*[(1800, 1800)] * 4).zone(0, "cpu-thermal", 48.212)
    return board.put("sys/devices/platform/soc/soc:firmware/get_throttled", "0")


def orin_nano(root: Path) -> Board:
    board = Board(root).put("proc/device-tree/model", "NVIDIA Jetson Orin Nano Developer Kit\0")
    board.cpus(*[(729, 1728)] * 6).zone(0, "cpu-thermal", 46.5).zone(1, "gpu-thermal", 45.6)
    board.rail(1, "VDD_IN", 5040, 880).rail(2, "VDD_CPU_GPU_CV", 5032, 96)
    return board.rail(3, "VDD_SOC", 5032, 280)


def phone(root: Path) -> Board:
    """Four little cores, four big ones, one biggest: as Pixel 8 has them, in another order."""
    clocks = [(1704, 1704)] * 4 + [(2367, 2367)] * 4 + [(2914, 2914)]
    return Board(root).cpus(*clocks, capacities=(*[177] * 4, *[687] * 4, 1024))
