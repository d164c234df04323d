# Make edgeattn::onnxruntime and edgeattn::litert of the libraries that are there.

# A wheel's library, or nothing: the paths below are those of the packages on PyPI.
function(edgeattn_in_python result package pattern)
  execute_process(
    COMMAND ${EDGEATTN_PYTHON} -c
            "import glob, importlib.util as u, os
spec = u.find_spec('${package}')
found = glob.glob(os.path.join(spec.submodule_search_locations[0], '${pattern}')) if spec else []
print(sorted(found)[0] if found else '', end='')"
    OUTPUT_VARIABLE found
    RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "EDGEATTN_PYTHON=${EDGEATTN_PYTHON} does not run")
  endif()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

if(EDGEATTN_PYTHON AND NOT ONNXRUNTIME_LIBRARY)
  edgeattn_in_python(ONNXRUNTIME_LIBRARY onnxruntime "capi/libonnxruntime.so.*")
endif()
if(EDGEATTN_PYTHON AND NOT LITERT_LIBRARY)
  edgeattn_in_python(LITERT_LIBRARY ai_edge_litert "libLiteRt.so")
endif()

# A wheel names its library without the link that the linker and the loader look for (SONAME).
function(edgeattn_engine name library soname)
  if(NOT library)
    message(STATUS "${name}: left out, no library was given")
    return()
  endif()
  if(NOT EXISTS "${library}")
    message(FATAL_ERROR "${name}: there is no file ${library}")
  endif()
  set(link "${CMAKE_BINARY_DIR}/engines/${soname}")
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/engines")
  file(CREATE_LINK "${library}" "${link}" SYMBOLIC)
  add_library(edgeattn::${name} SHARED IMPORTED GLOBAL)
  set_target_properties(edgeattn::${name} PROPERTIES IMPORTED_LOCATION "${link}")
  message(STATUS "${name}: ${library}")
endfunction()

edgeattn_engine(onnxruntime "${ONNXRUNTIME_LIBRARY}" libonnxruntime.so.1)
edgeattn_engine(litert "${LITERT_LIBRARY}" libLiteRt.so)
if(NOT TARGET edgeattn::onnxruntime AND NOT TARGET edgeattn::litert)
  message(FATAL_ERROR
    "No engine: give -D ONNXRUNTIME_LIBRARY=..., -D LITERT_LIBRARY=... or -D EDGEATTN_PYTHON=python3")
endif()
