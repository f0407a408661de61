// A row has the same bits alone and beside any others: how many there are decides who sums a long row, and
// which short ones are worked on together, but not in which order.
#include <functional>

#include "fast/testing.h"

namespace xent::fast {
namespace {

// What is asked about rows, whose labels are given.
using Ask = std::function<void(xent_problem& problem, const float* labels)>;

struct Results {
  std::vector<double> losses;
  std::vector<float> entries;  // a gradient's or a map's
};

Results results_of(const std::vector<float>& x, const std::vector<int64_t>& targets, const float* labels,
                   const Ask& ask) {
  const auto classes = static_cast<int64_t>(x.size() / targets.size());
  Question question(x, targets);
  Results results = {std::vector<double>(targets.size()), std::vector<float>(x.size())};
  ask(question.problem, labels);
  question.result.loss = {results.losses.data(), XENT_BINARY64, 1, 0};
  if (question.problem.targets.data == nullptr && question.problem.target_probs.data == nullptr) {
    question.result.loss = {results.entries.data(), XENT_BINARY32, classes, 1};
  } else {
    question.result.grad = {results.entries.data(), XENT_BINARY32, classes, 1};
  }
  EXPECT_EQ(question.ask(), XENT_OK);
  return results;
}

const Ask kAsked[] = {
    [](xent_problem&, const float*) {},
    [](xent_problem& problem, const float*) { problem.temperature = 0.7; },
    [](xent_problem& problem, const float*) {
      problem.label_smoothing = 1;  // so that how labels are added up shows
      problem.z_loss = 1e-3;
      problem.threads = 2;
    },
    [](xent_problem& problem, const float* labels) {
      problem.targets = {};
      problem.target_space = XENT_PROBABILITIES;
      problem.target_probs = {labels, XENT_BINARY32, problem.classes, 1};
    },
    [](xent_problem& problem, const float*) {
      problem.loss = "log_softmax";
      problem.targets = {};
    },
};

TEST(Batch, ChangesNoBits) {
  // Rows of 160,000 classes are shared by threads where there are fewer than 64.
  const std::pair<int64_t, int64_t> shapes[] = {{10, 100}, {50, 70}, {129, 65}, {1000, 65}, {160000, 64}};
  for (const auto& [classes, rows] : shapes) {
    const auto x = random_logits(rows * classes, 3, 8);
    auto labels = random_logits(rows * classes, 1, 9);
    for (float& label : labels) label = std::fabs(label);
    std::vector<int64_t> targets;
    for (int64_t r = 0; r < rows; ++r) targets.push_back(r * 7919 % classes);
    for (const Ask& ask : kAsked) {
      const Results together = results_of(x, targets, labels.data(), ask);
      for (int64_t r = 0; r < rows; r += 2) {
        const auto begin = r * classes;
        const Results alone = results_of({x.begin() + begin, x.begin() + begin + classes},
                                         {targets[static_cast<size_t>(r)]}, labels.data() + begin, ask);
        ASSERT_EQ(alone.losses[0], together.losses[static_cast<size_t>(r)]) << classes << " " << r;
        ASSERT_TRUE(std::equal(alone.entries.begin(), alone.entries.end(), together.entries.begin() + begin))
            << classes << " " << r;
      }
    }
  }
}

}  // namespace
}  // namespace xent::fast
