// The judge within GoogleTest: a test for each law that an implementation's own declaration implies.
//
//   #include "properties/conforms.h"
//   XENT_CONFORMS(Mine, xent_get_implementation());
//
// In the test's own process, so a crash ends it; `xent check` judges in a process of its own.
#ifndef XENT_PROPERTIES_CONFORMS_H
#define XENT_PROPERTIES_CONFORMS_H

#include <gtest/gtest.h>

#include <string>

#include "properties/objection.h"

// A test suite of this name; `implementation` is an expression for a const xent_implementation*.
#define XENT_CONFORMS(suite, implementation)                                                         \
  class suite : public ::testing::TestWithParam<std::string> {};                                     \
  TEST_P(suite, Keeps) {                                                                             \
    EXPECT_EQ(::xent::properties::objection(*(implementation), GetParam()), "");                     \
  }                                                                                                  \
  INSTANTIATE_TEST_SUITE_P(Laws, suite,                                                              \
                           ::testing::ValuesIn(::xent::properties::implied_laws(*(implementation))), \
                           [](const ::testing::TestParamInfo<std::string>& law) { return law.param; })

#endif  // XENT_PROPERTIES_CONFORMS_H
