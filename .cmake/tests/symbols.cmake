# No symbol that LIBRARY defines or needs matches the regular expression FORBIDDEN. Input: LIBRARY, NM, FORBIDDEN.
execute_process(COMMAND ${NM} --demangle ${LIBRARY} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
# A shared library keeps its needs in a table of its own, and names the libraries it loads.
if(LIBRARY MATCHES "\\.so$")
  execute_process(COMMAND ${NM} --demangle --dynamic ${LIBRARY} OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
  string(APPEND symbols "${dynamic}")
endif()
if(symbols STREQUAL "")
  message(FATAL_ERROR "${LIBRARY} has no symbols, so nothing was tested")
endif()

string(REGEX MATCHALL "[^\n]*(${FORBIDDEN})[^\n]*" found "${symbols}")
list(JOIN found "\n" lines)
if(NOT lines STREQUAL "")
  message(FATAL_ERROR "${LIBRARY} has symbols that match ${FORBIDDEN}:\n${lines}")
endif()
