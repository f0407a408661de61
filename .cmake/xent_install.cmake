# What `cmake --install` puts where, and what find_package(xent) offers.
include(CMakePackageConfigHelpers)

set(xent_libraries)
foreach(name IN ITEMS contract reference fast fast_shared golden properties)
  if(TARGET xent_${name})
    list(APPEND xent_libraries xent_${name})
    set_property(TARGET xent_${name} PROPERTY EXPORT_NAME ${name}) # as in xent::NAME within the project
  endif()
endforeach()

install(TARGETS ${xent_libraries} EXPORT xent-targets)
if(TARGET xent_cli)
  install(TARGETS xent_cli)
endif()
if(TARGET xent_bench)
  install(TARGETS xent_bench) # beside the program, which looks for it there
endif()

# Headers keep their folder, since they include each other as "reference/x.h".
install(
  DIRECTORY reference fast golden properties
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/xent
  FILES_MATCHING
  PATTERN "*.h"
  PATTERN "cli" EXCLUDE
  PATTERN "adapters" EXCLUDE
  PATTERN "*-inl.h" EXCLUDE # compiled once per instruction set by fast/ alone
  PATTERN "testing.h" EXCLUDE
  PATTERN "random_cases.h" EXCLUDE
  PATTERN "arb_*.h" EXCLUDE) # the second oracle, which is no library of this package

# Examples to start from, and what a Python program needs to be judged.
install(DIRECTORY properties/adapters/ DESTINATION ${CMAKE_INSTALL_DATADIR}/xent/adapters FILES_MATCHING PATTERN "mine.*"
                                                                                      PATTERN "xent_program.py")

set(xent_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/xent)
configure_package_config_file(
  .cmake/xent-config.cmake.in ${PROJECT_BINARY_DIR}/xent-config.cmake
  INSTALL_DESTINATION ${xent_package_dir}
  PATH_VARS CMAKE_INSTALL_BINDIR CMAKE_INSTALL_DATADIR
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the contract.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/xent-config-version.cmake COMPATIBILITY SameMinorVersion)
install(EXPORT xent-targets NAMESPACE xent:: DESTINATION ${xent_package_dir})
install(FILES ${PROJECT_BINARY_DIR}/xent-config.cmake ${PROJECT_BINARY_DIR}/xent-config-version.cmake
              .cmake/xent_conformance.cmake DESTINATION ${xent_package_dir})

if(XENT_BUILD_TESTS)
  include(xent_checks)
endif()
