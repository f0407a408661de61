# xent_add_conformance_test(NAME name LIBRARY target-or-file | COMMAND command [LEVEL smoke|standard] [SEED n]): a CTest
# case name.LAW for each law of `xent list laws`, which judges a library of the contract, or a program that is asked
# through a pipe (a command for /bin/sh). Laws that the declaration does not imply are reported as skipped.
function(xent_add_conformance_test)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;LIBRARY;COMMAND;LEVEL;SEED" "")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "xent_add_conformance_test: ${ARG_UNPARSED_ARGUMENTS} is not accepted; accepted: NAME, LIBRARY, "
                        "COMMAND, LEVEL, SEED")
  endif()
  if(NOT ARG_NAME)
    message(FATAL_ERROR "xent_add_conformance_test: NAME is missing; accepted: the first part of the tests' names")
  endif()
  if((ARG_LIBRARY AND ARG_COMMAND) OR NOT (ARG_LIBRARY OR ARG_COMMAND))
    message(FATAL_ERROR "xent_add_conformance_test(${ARG_NAME}): accepted: one of LIBRARY and COMMAND")
  endif()
  if(ARG_COMMAND)
    string(REPLACE ";" "\\;" command "${ARG_COMMAND}") # of the shell, not of a list
    set(judged --command "${command}")
  elseif(TARGET ${ARG_LIBRARY})
    set(judged $<TARGET_FILE:${ARG_LIBRARY}>)
  else()
    set(judged "${ARG_LIBRARY}")
  endif()
  if(NOT DEFINED ARG_LEVEL)
    set(ARG_LEVEL smoke)
  endif()
  if(NOT DEFINED ARG_SEED)
    set(ARG_SEED 1)
  endif()
  execute_process(COMMAND ${xent_PROGRAM} list laws OUTPUT_VARIABLE catalogue COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "(^|\n)[a-z0-9_]+" laws "${catalogue}")
  foreach(law IN LISTS laws)
    string(STRIP "${law}" law)
    add_test(NAME ${ARG_NAME}.${law} COMMAND ${xent_PROGRAM} check ${judged} --law ${law} --level ${ARG_LEVEL}
                                             --seed ${ARG_SEED} --jobs 1) # CTest has jobs
    set_tests_properties(${ARG_NAME}.${law} PROPERTIES SKIP_REGULAR_EXPRESSION "\n  ${law} +skip ")
  endforeach()
endfunction()
