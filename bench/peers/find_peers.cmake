# Each library of others, built as a peer if it is found. Input: xent_peer(), peer_folder.
find_package(OpenMP QUIET COMPONENTS CXX)

# Header-only, so its instruction set is the compiler's choice: this processor's, as the other libraries choose at run
# time.
find_package(Eigen3 3.4 QUIET NO_MODULE)
if(Eigen3_FOUND AND OpenMP_CXX_FOUND)
  xent_peer(eigen LIBRARIES Eigen3::Eigen OpenMP::OpenMP_CXX)
  # GCC 12 warns of its own AVX-512 intrinsics (bug 105593).
  target_compile_options(xent_peer_eigen PRIVATE -march=native $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

# Not by its package file, which wants OpenCL. Version 3 has another interface.
find_path(DNNL_INCLUDE oneapi/dnnl/dnnl_version.h)
find_library(DNNL_LIBRARY dnnl)
mark_as_advanced(DNNL_INCLUDE DNNL_LIBRARY)
if(DNNL_INCLUDE AND DNNL_LIBRARY AND OpenMP_CXX_FOUND)
  file(STRINGS ${DNNL_INCLUDE}/oneapi/dnnl/dnnl_version.h version_2 REGEX "define DNNL_VERSION_MAJOR 2$")
  if(version_2)
    xent_peer(onednn LIBRARIES ${DNNL_LIBRARY} OpenMP::OpenMP_CXX INCLUDES ${DNNL_INCLUDE})
  endif()
endif()

# Nor this one, whose package file wants packages that only other users of it need.
find_path(TORCH_INCLUDE ATen/ops/_log_softmax.h)
find_library(TORCH_CPU torch_cpu)
find_library(TORCH_C10 c10)
mark_as_advanced(TORCH_INCLUDE TORCH_CPU TORCH_C10)
if(TORCH_INCLUDE AND TORCH_CPU AND TORCH_C10)
  xent_peer(pytorch LIBRARIES ${TORCH_CPU} ${TORCH_C10} INCLUDES ${TORCH_INCLUDE})
endif()

# An environment of its own for what comes from PyPI; without it, the Python that is found first.
set(XENT_PEERS_PYTHON ${PROJECT_SOURCE_DIR}/build/peers-python CACHE PATH "Python environment that has onnxruntime")
set(Python_ROOT_DIR ${XENT_PEERS_PYTHON})
find_package(Python QUIET COMPONENTS Interpreter Development.Embed)
if(Python_Interpreter_FOUND AND Python_Development.Embed_FOUND)
  execute_process(
    COMMAND ${Python_EXECUTABLE} -c
            "import onnx, onnxruntime, os; print(os.path.dirname(os.path.dirname(onnxruntime.__file__)))"
    OUTPUT_VARIABLE packages OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
    RESULT_VARIABLE missing)
  if(missing EQUAL 0)
    xent_peer(onnxruntime LIBRARIES Python::Python ${CMAKE_DL_LIBS})
    target_compile_definitions(xent_peer_onnxruntime PRIVATE XENT_PYTHON_PACKAGES="${packages}"
                                                             XENT_PYTHON_LIBRARY="$<TARGET_FILE:Python::Python>")
    configure_file(onnxruntime_model.py ${peer_folder}/onnxruntime_model.py COPYONLY)
  endif()
endif()
