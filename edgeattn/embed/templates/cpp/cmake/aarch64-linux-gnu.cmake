# cmake -B build -D CMAKE_TOOLCHAIN_FILE=cmake/aarch64-linux-gnu.cmake: for a Raspberry Pi or Jetson
#
# The compiler is Debian's and Ubuntu's package g++-aarch64-linux-gnu; -D CMAKE_SYSROOT=FOLDER names
# another system to build for, -D CMAKE_CXX_COMPILER=FILE another compiler. ctest runs on the board;
# under qemu-aarch64 (CMAKE_CROSSCOMPILING_EMULATOR) the engines want an Arm /proc/cpuinfo as well.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
if(NOT CMAKE_CXX_COMPILER)
  set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
endif()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
