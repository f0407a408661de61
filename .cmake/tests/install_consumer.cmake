# Installs the build into an empty folder, builds .cmake/consumer against nothing but that, and runs it.
# Input: BUILD_DIR, SOURCE_DIR, GENERATOR, BUILD_TYPE.
set(work ${BUILD_DIR}/install_consumer)
set(prefix ${work}/prefix)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${command}: ${status}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${prefix})
run(${CMAKE_COMMAND} -S ${SOURCE_DIR}/.cmake/consumer -B ${work}/build -G ${GENERATOR} -DCMAKE_BUILD_TYPE=${BUILD_TYPE}
    -DCMAKE_PREFIX_PATH=${prefix})
run(${CMAKE_COMMAND} --build ${work}/build)

# softmax_cross_entropy of logits 2, 1, 0 and target 0 is ln(1 + e^-1 + e^-2), which is 0.40760596444...
foreach(program IN ITEMS consumer_c consumer_cc)
  run(${work}/build/${program})
  if(NOT output MATCHES "^0\\.407606\n$")
    message(FATAL_ERROR "${program} printed ${output}; expected 0.407606")
  endif()
endforeach()

# Each law is a test. What conforms passes all, or is skipped for what it does not declare; what does not fails some.
run(${CMAKE_CTEST_COMMAND} --test-dir ${work}/build --exclude-regex "^(wrong|liar)")
foreach(expected IN ITEMS "mine\\.accuracy [. ]*Passed" "mine\\.gibbs [. ]*\\*\\*\\*Skipped" "program\\.accuracy [. ]*Passed"
                          "in_process [. ]*Passed")
  if(NOT output MATCHES "${expected}")
    message(FATAL_ERROR "ctest printed nothing that matches ${expected}:\n${output}")
  endif()
endforeach()
foreach(library IN ITEMS wrong liar)
  execute_process(COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${work}/build --tests-regex "^${library}\\.accuracy"
                  RESULT_VARIABLE status OUTPUT_VARIABLE output)
  if(status EQUAL 0 OR NOT output MATCHES "${library}\\.accuracy [. ]*\\*\\*\\*Failed")
    message(FATAL_ERROR "a library with a mistake passed:\n${output}")
  endif()
endforeach()
# Seed 0 is a seed.
execute_process(COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${work}/build --verbose --tests-regex "^program\\.mask"
                OUTPUT_VARIABLE output)
if(NOT output MATCHES "level smoke, seed 0")
  message(FATAL_ERROR "the seed is not the one asked for:\n${output}")
endif()
