# How every target of this project is declared: one place for the compile features and warnings that all share.

# Options of our own targets; never exported, so they do not reach those who link to us.
add_library(xent_private_options INTERFACE)
target_compile_options(
  xent_private_options
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wno-sign-conversion
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> # GCC 12 sees overlaps in std::string's operator+ (bug 105651)
            -ffp-contract=off # fused only where the source says fma
)
if(XENT_SANITIZE)
  # Of null pointers and ends of objects AddressSanitizer tells as well; to look at every reference doubles the time that
  # kernels take to compile.
  target_compile_options(
    xent_private_options INTERFACE -fsanitize=address,undefined -fno-sanitize=null,object-size,vptr
                                   -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(xent_private_options INTERFACE -fsanitize=address,undefined)
  target_compile_definitions(xent_private_options INTERFACE XENT_SANITIZED) # for tests, which are then content with less
endif()
if(XENT_BUILD_FUZZERS)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    message(FATAL_ERROR "XENT_BUILD_FUZZERS: ${CMAKE_CXX_COMPILER_ID} is not accepted; accepted: Clang, with libFuzzer")
  endif()
  # What guides a fuzzer, but for the operands of comparisons: to tell them costs the tests more than the fuzzers gain.
  target_compile_options(xent_private_options INTERFACE -fsanitize-coverage=inline-8bit-counters,pc-table)
endif()

# xent_hardly_runs(TARGET): for targets that take far longer to compile than to run, with sanitizers at least.
function(xent_hardly_runs target)
  if(XENT_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
  endif()
endfunction()

# xent_precompile(TARGET): for targets that compute with exact numbers. Boost.Multiprecision takes three of the four
# seconds that an average file of theirs needs. Where sources are compiled several at a time, that is saved already.
function(xent_precompile target)
  if(CMAKE_UNITY_BUILD)
    return()
  endif()
  target_precompile_headers(
    ${target}
    PRIVATE
    <algorithm>
    <boost/multiprecision/gmp.hpp>
    <boost/multiprecision/mpfi.hpp>
    <functional>
    <map>
    <optional>
    <string>
    <vector>)
endfunction()

# xent_library(NAME SOURCES ... PUBLIC ... PRIVATE ...): a static library xent_NAME with the alias xent::NAME, whose
# headers are included as "NAME/x.h".
function(xent_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target xent_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  add_library(xent::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(
    ${target} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/xent>)
  target_link_libraries(
    ${target}
    PUBLIC ${ARG_PUBLIC}
    PRIVATE ${ARG_PRIVATE} $<BUILD_INTERFACE:xent_private_options>)
endfunction()

# xent_tests(NAME SOURCES ... LIBRARIES ...): one GoogleTest program whose tests CTest runs one by one.
function(xent_tests name)
  if(NOT XENT_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
  set(target xent_${name}_test)
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE ${ARG_LIBRARIES} GTest::gtest_main xent_private_options)
  xent_hardly_runs(${target}) # but for what is tested
  if("xent::reference" IN_LIST ARG_LIBRARIES OR "xent::golden" IN_LIST ARG_LIBRARIES OR "xent::properties" IN_LIST
                                                                                        ARG_LIBRARIES)
    xent_precompile(${target})
  endif()
  gtest_discover_tests(${target} TEST_PREFIX "${name}." WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} DISCOVERY_TIMEOUT 60)
endfunction()

# xent_fuzzers(NAME PARSERS ... LIBRARIES ...): a libFuzzer program for each parser of NAME/fuzzed_parsers.h. The tests
# are a taste; a fuzzer goes on for as long as it is let.
function(xent_fuzzers name)
  if(NOT XENT_BUILD_FUZZERS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "PARSERS;LIBRARIES" ${ARGN})
  add_library(xent_${name}_fuzzed OBJECT fuzzed_parsers.cc)
  target_link_libraries(xent_${name}_fuzzed PRIVATE ${ARG_LIBRARIES} xent_private_options)
  foreach(parser IN LISTS ARG_PARSERS)
    set(target xent_fuzz_${parser})
    string(REPLACE "_" "-" program xent-fuzz-${parser})
    add_executable(${target} ${PROJECT_SOURCE_DIR}/golden/fuzz_main.cc)
    set_target_properties(${target} PROPERTIES OUTPUT_NAME ${program} RUNTIME_OUTPUT_DIRECTORY
                                                                      ${PROJECT_BINARY_DIR}/bin)
    target_compile_definitions(
      ${target} PRIVATE XENT_FUZZED="${parser}" XENT_FUZZED_HEADER="${name}/fuzzed_parsers.h"
                        XENT_FUZZED_NAMESPACE=xent::${name})
    target_link_libraries(${target} PRIVATE xent_${name}_fuzzed ${ARG_LIBRARIES} xent_private_options)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    add_test(NAME fuzz.${parser} COMMAND ${target} -runs=20000 -seed=1 -max_len=4096 -timeout=60)
  endforeach()
endfunction()
