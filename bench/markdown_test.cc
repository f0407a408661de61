#include "bench/markdown.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "bench/testing.h"

namespace xent::bench {
namespace {

const Question kSoftGradient = question("soft-labels+gradient", "bfloat16");
constexpr Shape kFewClasses = {4096, 10, true};
constexpr Shape kManyClasses = {8192, 1000, true};

TEST(Markdown, HasALineForEachQuestionAndWorkloadWithAFigureForEachNumberOfThreads) {
  Report report;
  report.implementations = {{"fast", ""}, {"naive", ""}};
  report.rows = {{"fast", kForward, kFewClasses, 1, {0.25, 0.5, 0.125}, {}, {}},
                 {"naive", kForward, kFewClasses, 1, {}, "wrong", "x"},
                 {"read limit", kForward, kFewClasses, 1, {0.125}, {}, {}},
                 {"fast", kForward, kFewClasses, 2, {0.125}, {}, {}},
                 {"naive", kForward, kFewClasses, 2, {}, "wrong", "x"},
                 {"read limit", kForward, kFewClasses, 2, {0.1}, {}, {}},
                 {"fast", kForward, kManyClasses, 1, {}, "returned status 5", {}},
                 {"naive", kForward, kManyClasses, 1, {123.4}, {}, "x"},
                 {"read limit", kForward, kManyClasses, 1, {1}, {}, {}},
                 {"fast", kForward, kManyClasses, 2, {2}, {}, {}},
                 {"naive", kForward, kManyClasses, 2, {4}, {}, "x"},
                 {"read limit", kForward, kManyClasses, 2, {0.5}, {}, {}},
                 {"fast", kSoftGradient, kManyClasses, 1, {3}, {}, {}},
                 {"add limit", kSoftGradient, kManyClasses, 1, {2}, {}, {}}};
  EXPECT_EQ(
      markdown(report),
      "| operation | rows x classes | fast | naive | limit | fast / limit | naive / limit |\n"
      "|---|---|---|---|---|---|---|\n"
      "| forward, binary32 | 4096 x 10 | 0.25 / 0.12 | - | 0.12 / 0.1 (read limit) | 2 / 1.25 | - |\n"
      "| forward, binary32 | 8192 x 1000 | - / 2 | 1.2e+02 / 4 | 1 / 0.5 (read limit) | - / 4 | 123 / 8 |\n"
      "| soft-labels+gradient, bfloat16 | 8192 x 1000 | 3 | - | 2 (add limit) | 1.5 | - |\n");
}

// The table of what options cost, which a run of all operations makes.
TEST(Markdown, TheReadmeHasALineForEveryOperation) {
  std::ifstream file(XENT_README);
  const std::string readme{std::istreambuf_iterator<char>(file), {}};
  Report report;
  report.implementations = {{"fast", ""}, {"stable", ""}};
  for (const Operation& operation : operations())
    report.rows.push_back({"fast", question(operation.name, "binary32"), kManyClasses, 1, {1}, {}, {}});
  // Up to the first figure of every line, which is another in every run.
  std::istringstream lines(markdown(report));
  std::size_t place = 0;
  for (std::string line; std::getline(lines, line);) {
    place = readme.find("\n" + line.substr(0, line.find(" | 1 ")), place);
    ASSERT_NE(place, std::string::npos) << line;
    ++place;
  }
}

}  // namespace
}  // namespace xent::bench
