# The shared library LIBRARY exports the symbol EXPECTED and nothing else. Input: LIBRARY, NM, EXPECTED.
execute_process(COMMAND ${NM} --dynamic --defined-only --format=just-symbols ${LIBRARY} OUTPUT_VARIABLE symbols
                COMMAND_ERROR_IS_FATAL ANY)
string(STRIP "${symbols}" symbols)
if(NOT symbols STREQUAL EXPECTED)
  message(FATAL_ERROR "${LIBRARY} exports\n${symbols}\nand should export ${EXPECTED} alone")
endif()
