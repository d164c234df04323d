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
  if(NOT found)
    message(STATUS "${EDGEATTN_PYTHON} has no package ${package}")
  endif()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

if(EDGEATTN_PACKAGES AND NOT ONNXRUNTIME_LIBRARY)
  file(GLOB ONNXRUNTIME_LIBRARY "${EDGEATTN_PACKAGES}/onnxruntime/capi/libonnxruntime.so.*")
endif()
if(EDGEATTN_PACKAGES AND NOT LITERT_LIBRARY)
  file(GLOB LITERT_LIBRARY "${EDGEATTN_PACKAGES}/ai_edge_litert/libLiteRt.so")
endif()
if(EDGEATTN_PYTHON AND NOT ONNXRUNTIME_LIBRARY)
  edgeattn_in_python(ONNXRUNTIME_LIBRARY onnxruntime "capi/libonnxruntime.so.*")
endif()
if(EDGEATTN_PYTHON AND NOT LITERT_LIBRARY)
  edgeattn_in_python(LITERT_LIBRARY ai_edge_litert "libLiteRt.so")
endif()

# The machine that a library was made for stands in its 19th byte (ELF).
function(edgeattn_check_machine name library)
  file(READ "${library}" magic LIMIT 4 HEX)
  file(READ "${library}" machine OFFSET 18 LIMIT 1 HEX)
  string(REGEX MATCH "^(aarch64|arm64|x86_64|AMD64)$" known "${CMAKE_SYSTEM_PROCESSOR}")
  if(NOT magic STREQUAL "7f454c46" OR NOT known)
    return()
  endif()
  string(REGEX MATCH "^a" arm "${known}")
  if((arm AND NOT machine STREQUAL "b7") OR (NOT arm AND NOT machine STREQUAL "3e"))
    message(FATAL_ERROR
      "${name}: ${library} is for another machine than ${CMAKE_SYSTEM_PROCESSOR}; take the library "
      "out of that machine's wheel (README.md)")
  endif()
endfunction()

# A wheel names its library without the link that the linker and the loader look for (SONAME).
function(edgeattn_engine name library soname)
  if(NOT library)
    message(STATUS "${name}: left out, no library was given")
    return()
  endif()
  if(NOT EXISTS "${library}" OR IS_DIRECTORY "${library}")
    message(FATAL_ERROR "${name}: there is no file ${library}")
  endif()
  edgeattn_check_machine(${name} "${library}")
  get_filename_component(library "${library}" ABSOLUTE)
  set(link "${CMAKE_BINARY_DIR}/engines/${soname}")
  file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/engines")
  file(CREATE_LINK "${library}" "${link}" SYMBOLIC)
  add_library(edgeattn::${name} SHARED IMPORTED GLOBAL)
  set_target_properties(edgeattn::${name} PROPERTIES IMPORTED_LOCATION "${link}")
  message(STATUS "${name}: ${library}")
endfunction()

foreach(name IN LISTS edgeattn_engines)
  if(name STREQUAL "onnxruntime")
    set(variable ONNXRUNTIME_LIBRARY)
    set(soname libonnxruntime.so.1)
  else()
    set(variable LITERT_LIBRARY)
    set(soname libLiteRt.so)
  endif()
  list(APPEND edgeattn_options "-D ${variable}=FILE")
  if(NOT TARGET edgeattn::${name})  # else another kit of the same program brought it
    edgeattn_engine(${name} "${${variable}}" ${soname})
  endif()
  if(TARGET edgeattn::${name})
    set(edgeattn_found ON)
  endif()
endforeach()
if(NOT edgeattn_found)
  list(JOIN edgeattn_options ", " edgeattn_options)
  message(FATAL_ERROR
    "No engine: give ${edgeattn_options} or -D EDGEATTN_PYTHON=PYTHON, an interpreter with one")
endif()
