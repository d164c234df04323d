# cmake -B build -D ANDROID_NDK=/path/to/ndk -D CMAKE_TOOLCHAIN_FILE=cmake/android-arm64.cmake

set(ANDROID_ABI arm64-v8a)
set(ANDROID_PLATFORM android-24)
set(ANDROID_STL c++_static)
# Phones with pages of 16 KB refuse libraries that are aligned to 4 KB.
set(ANDROID_SUPPORT_FLEXIBLE_PAGE_SIZES ON)
string(APPEND CMAKE_SHARED_LINKER_FLAGS_INIT " -Wl,-z,max-page-size=16384")
if(NOT ANDROID_NDK)
  set(ANDROID_NDK "$ENV{ANDROID_NDK_ROOT}")
endif()
include("${ANDROID_NDK}/build/cmake/android.toolchain.cmake")
