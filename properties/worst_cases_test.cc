#include "properties/worst_cases.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "fast/implementations.h"
#include "golden/case.h"
#include "golden/verify.h"
#include "properties/judge.h"

namespace xent::properties {
namespace {

std::vector<golden::Case> cases_of(const xent_implementation& implementation, const std::string& law,
                                   double search_seconds = 0) {
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = law;
  options.search_seconds = search_seconds;
  auto cases = golden::read_all(worst_cases(check(implementation, options)));
  EXPECT_TRUE(cases.has_value());
  return cases ? *cases : std::vector<golden::Case>();
}

bool has(const std::vector<golden::Case>& cases, const std::string& id) {
  return std::any_of(cases.begin(), cases.end(), [&](const golden::Case& c) { return c.id == id; });
}

TEST(WorstCases, AreCertified) {
  const std::vector<golden::Case> cases = cases_of(*fast::correct_implementation(), "accuracy");
  EXPECT_TRUE(has(cases, "softmax_cross_entropy/confident"));
  EXPECT_TRUE(has(cases, "softmax_cross_entropy, gradient/confident"));
  for (const golden::Finding& finding : golden::verify(cases)) ADD_FAILURE() << finding.id << finding.message;
}

TEST(WorstCases, HaveWhatASearchFound) {
  EXPECT_TRUE(
      has(cases_of(*fast::stable_implementation(), "accuracy", 0.5), "softmax_cross_entropy/adversarial"));
}

TEST(WorstCases, HaveTheCounterExamples) {
  const std::vector<golden::Case> cases = cases_of(*fast::naive_implementation(), "nonnegativity");
  ASSERT_TRUE(has(cases, "nonnegativity/softmax_cross_entropy"));
  EXPECT_EQ(cases.front().source.rfind("check of xent-naive, level smoke, seed 1: negative: ", 0), 0U)
      << cases.front().source;
}

// Those have an answer each.
TEST(WorstCases, HaveFewOutputs) {
  const auto cases_of_classes = [](std::int64_t classes) {
    RegimeAccuracy seen;
    reference::Problem& p = seen.worst.problem;
    p.loss = "log_softmax";
    p.rows = 1;
    p.classes = classes;
    p.input.assign(static_cast<std::size_t>(classes), reference::Number(1.0));
    Report report;
    report.accuracy = {{"log_softmax", "", std::nullopt, "", {{Regime::ordinary, seen}}}};
    return worst_cases(report);
  };
  EXPECT_NE(cases_of_classes(kMostCaseOutputs), "");
  EXPECT_EQ(cases_of_classes(kMostCaseOutputs + 1), "");
}

TEST(WorstCases, AreNoneOfARunThatSawNothing) {
  EXPECT_EQ(worst_cases(conclude(blank_evidence({}))), "");
}

}  // namespace
}  // namespace xent::properties
