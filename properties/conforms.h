// The judge within GoogleTest: a test for each law that an implementation's own declaration implies.
//
//   #include "properties/conforms.h"
//   XENT_CONFORMS(Mine, xent_get_implementation());
//
// In the test's own process, so a crash ends it; `xent check` judges in a process of its own.
#ifndef XENT_PROPERTIES_CONFORMS_H
#define XENT_PROPERTIES_CONFORMS_H

#include <gtest/gtest.h>

#include <cerrno>  // program_invocation_name
#include <string>

#include "properties/objection.h"

namespace xent::properties {

// The command that runs the current test alone.
inline std::string this_test_again() {
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  return std::string(program_invocation_name) + " --gtest_filter=" + test.test_suite_name() + "." +
         test.name();
}

}  // namespace xent::properties

// A test suite of this name; `implementation` is an expression for a const xent_implementation*.
#define XENT_CONFORMS(suite, implementation)                                                                 \
  class suite : public ::testing::TestWithParam<std::string> {};                                             \
  TEST_P(suite, Keeps) {                                                                                     \
    const std::string against =                                                                              \
        ::xent::properties::objection(*(implementation), GetParam(), ::xent::properties::this_test_again()); \
    if (!against.empty()) ADD_FAILURE() << against;                                                          \
  }                                                                                                          \
  INSTANTIATE_TEST_SUITE_P(Laws, suite,                                                                      \
                           ::testing::ValuesIn(::xent::properties::implied_laws(*(implementation))),         \
                           [](const ::testing::TestParamInfo<std::string>& law) { return law.param; })

#endif  // XENT_PROPERTIES_CONFORMS_H
