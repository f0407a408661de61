# Tests of what no single folder can promise: the installed package, the headers, and who links to whom.

# Every header compiles alone. For a header with a source file of the same name, that source file shows it by including
# the header first, which a test demands; here the others are compiled, each included twice.
function(xent_compile_headers_alone)
  file(GLOB_RECURSE headers RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS reference/*.h fast/*.h golden/*.h
                                                                             properties/*.h)
  list(FILTER headers EXCLUDE REGEX "-inl\\.h$") # bodies for Highway's foreach_target, not headers of their own
  set(sources)
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "\\.h$" ".cc" source ${header})
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/${source})
      file(CONFIGURE OUTPUT headers/${source} CONTENT "#include \"@header@\"\n#include \"@header@\"\n" @ONLY)
      list(APPEND sources ${PROJECT_BINARY_DIR}/headers/${source})
    endif()
  endforeach()
  file(CONFIGURE OUTPUT headers/xent.c CONTENT "#include \"reference/xent.h\"\n#include \"reference/xent.h\"\n")

  add_library(xent_headers_compile_alone OBJECT ${sources} ${PROJECT_BINARY_DIR}/headers/xent.c)
  set_target_properties(xent_headers_compile_alone PROPERTIES UNITY_BUILD OFF C_STANDARD 99 C_STANDARD_REQUIRED ON
                                                              C_EXTENSIONS OFF)
  target_compile_options(xent_headers_compile_alone PRIVATE -Werror -O0)
  target_link_libraries(xent_headers_compile_alone PRIVATE xent_private_options)
  foreach(library IN ITEMS contract reference fast golden properties)
    target_link_libraries(xent_headers_compile_alone PRIVATE $<TARGET_NAME_IF_EXISTS:xent_${library}>)
  endforeach()
endfunction()

# xent_script_test(NAME SCRIPT x [-DVARIABLE=VALUE ...]): runs .cmake/tests/x.cmake, which fails by message(FATAL_ERROR).
function(xent_script_test name)
  cmake_parse_arguments(ARG "" "SCRIPT" "" ${ARGN})
  add_test(NAME ${name} COMMAND ${CMAKE_COMMAND} ${ARG_UNPARSED_ARGUMENTS} -P
                                ${PROJECT_SOURCE_DIR}/.cmake/tests/${ARG_SCRIPT}.cmake)
endfunction()

xent_script_test(sources_include_their_header_first SCRIPT own_header_first -DSOURCE_DIR=${PROJECT_SOURCE_DIR})

# A sanitized library exports the sanitizer's symbols and needs sanitized users, which the consumer is not. Headers compile
# alone with sanitizers, and libraries know as little, if they do without.
if(NOT XENT_SANITIZE)
  # The oracle and the judged code never see each other.
  foreach(library IN ITEMS fast fast_shared)
    if(TARGET xent_${library})
      xent_script_test(
        ${library}_knows_no_oracle SCRIPT symbols -DLIBRARY=$<TARGET_FILE:xent_${library}> -DNM=${CMAKE_NM}
        -DFORBIDDEN=mpfr_|mpfi_|__gmp|arb_|boost::multiprecision|xent::reference|xent::golden)
    endif()
  endforeach()
  if(TARGET xent_reference)
    xent_script_test(reference_knows_no_judged_code SCRIPT symbols -DLIBRARY=$<TARGET_FILE:xent_reference> -DNM=${CMAKE_NM}
                     -DFORBIDDEN=hwy::|xent::fast)
  endif()
  # The second oracle shares nothing with the first: FLINT and Arb alone compute.
  if(TARGET xent_golden_arb_program)
    xent_script_test(second_oracle_knows_no_reference SCRIPT symbols -DLIBRARY=$<TARGET_FILE:xent_golden_arb_program>
                     -DNM=${CMAKE_NM} -DFORBIDDEN=mpfr_|mpfi_|boost::multiprecision|xent::reference|xent::golden)
  endif()

  xent_compile_headers_alone()
  if(TARGET xent_fast_shared)
    xent_script_test(fast_shared_exports_the_contract_alone SCRIPT exports
                     -DLIBRARY=$<TARGET_FILE:xent_fast_shared> -DNM=${CMAKE_NM} -DEXPECTED=xent_get_implementation)
  endif()
  xent_script_test(install_consumer SCRIPT install_consumer -DBUILD_DIR=${PROJECT_BINARY_DIR}
                   -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DGENERATOR=${CMAKE_GENERATOR} -DBUILD_TYPE=${CMAKE_BUILD_TYPE})
endif()
