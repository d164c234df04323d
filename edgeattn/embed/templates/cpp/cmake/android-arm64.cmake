# cmake -B build -D ANDROID_NDK=/path/to/ndk -D CMAKE_TOOLCHAIN_FILE=cmake/android-arm64.cmake

set(ANDROID_ABI arm64-v8a)
set(ANDROID_PLATFORM android-24)
set(ANDROID_STL c++_static)
# Phones with pages of 16 KB refuse libraries that are aligned to 4 KB: this is for the NDK's own
# parts; CMakeLists.txt tells the linker, in projects that bring their own toolchain file too.
set(ANDROID_SUPPORT_FLEXIBLE_PAGE_SIZES ON)
if(NOT ANDROID_NDK)
  set(ANDROID_NDK "$ENV{ANDROID_NDK_ROOT}")
endif()
if(NOT EXISTS "${ANDROID_NDK}/build/cmake/android.toolchain.cmake")
  message(FATAL_ERROR "There is no NDK in \"${ANDROID_NDK}\"; give -D ANDROID_NDK=/path/to/ndk")
endif()
# CMake asks for the compiler in projects of their own, which do not know ANDROID_NDK.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES ANDROID_NDK)
include("${ANDROID_NDK}/build/cmake/android.toolchain.cmake")
