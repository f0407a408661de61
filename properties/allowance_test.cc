// How much room laws leave: whoever is off by as much as his bound allows is accepted by every law, and
// whoever is off by three times as much is not. A law whose allowance is too small fails the first, one whose
// allowance is several times too large the second.
#include <gtest/gtest.h>

#include <cmath>
#include <string_view>

#include "golden/case.h"
#include "properties/bounds.h"
#include "properties/designs.h"
#include "properties/judge.h"
#include "properties/testing.h"
#include "reference/certify.h"
#include "reference/format.h"

namespace xent::properties {
namespace {

using reference::Problem;

enum class Direction { up, down, either };

// Either is a coin that depends on what is asked and on the place of the output alone.
bool goes_up(Direction direction, const std::string& question, std::size_t output) {
  if (direction != Direction::either) return direction == Direction::up;
  return std::hash<std::string>()(question + std::to_string(output)) % 2 == 0;
}

// Answers the true values, each off by `share` of its bound.
class OffByBound : public Answering {
 public:
  OffByBound(const xent_implementation& declaration, double share, Direction direction)
      : declaration_(declaration), share_(share), direction_(direction) {}

  const xent_implementation& declaration() const override { return declaration_; }
  reference::Expected<std::shared_ptr<Remote>> again(std::function<bool()>) const override {
    return std::shared_ptr<Remote>(std::make_shared<OffByBound>(declaration_, share_, direction_));
  }

 private:
  std::vector<double> answers(const Problem& problem) const override {
    std::vector<double> values;
    auto truths = reference::certify(problem);
    if (!truths) return values;
    const auto bounds = error_bounds(problem, *find_claim(declaration_, problem));
    const std::string question = golden::write("", problem);
    for (std::size_t i = 0; i < truths->size(); ++i) {
      // What is too small for the precision cap is undecided; an end of its enclosure is as good.
      const auto rounded = (*truths)[i].rounded(reference::format(XENT_BINARY64));
      const double truth = rounded ? *rounded : (*truths)[i].enclosure().lower_double();
      // What is 0, laws want to be 0.
      const double error = std::isfinite(bounds[i]) && truth != 0 ? share_ * bounds[i] : 0;
      values.push_back(float_between(truth, truth + (goes_up(direction_, question, i) ? error : -error)));
    }
    return values;
  }

  // The float nearest to `end` that is not beyond it, seen from `begin`, unless there is none between them.
  static double float_between(double begin, double end) {
    const auto nearest = static_cast<float>(end);
    if (std::abs(nearest - begin) <= std::abs(end - begin) || !std::isfinite(nearest)) return nearest;
    return std::nextafter(nearest, static_cast<float>(begin));
  }

  const xent_implementation& declaration_;
  double share_;
  Direction direction_;
};

LawVerdict verdict_on(double share, const char* law, Direction direction = Direction::either) {
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = law;
  options.most_trials = 40;
  options.shrink_budget = 0;
  return check(Subject(std::make_shared<OffByBound>(*sound_implementation(), share, direction)), options)
      .laws.at(0);
}

class EveryAllowance : public testing::TestWithParam<const char*> {};

TEST_P(EveryAllowance, IsNeitherTooSmallNorTooLarge) {
  const LawVerdict within = verdict_on(0.99, GetParam());
  EXPECT_EQ(within.kind, LawVerdict::Kind::pass)
      << within.reason << (within.failures.empty() ? "" : within.failures[0].message);
  EXPECT_EQ(verdict_on(3, GetParam()).kind, LawVerdict::Kind::fail);
}

// Those that compare two values, or one with what is known of it.
INSTANTIATE_TEST_SUITE_P(Laws, EveryAllowance,
                         testing::Values("accuracy", "gibbs", "entropy_range", "log_sum", "pinsker_chi2",
                                         "kl_edges", "products", "one_hot", "difference", "normalisation",
                                         "uniform", "uniform_classes", "mask", "units", "permutation",
                                         "grouping", "shards", "reduction", "additivity", "smoothing",
                                         "z_loss", "transforms", "gradient_sum", "gradient_cross",
                                         "masked_gradient", "gradient_reduction", "upstream", "sandwich",
                                         "sequence_mean", "repeated_rows", "weights", "perplexity",
                                         "convex_bracket", "small_loss"),
                         [](const auto& test) { return std::string(test.param); });

// Of laws with several sentences, that each has an allowance of its own.
TEST(Allowance, OfBothSidesAndOfEveryPart) {
  for (const Direction direction : {Direction::up, Direction::down}) {
    for (const char* law : {"pinsker_chi2", "kl_edges", "entropy_range", "sandwich"}) {
      EXPECT_EQ(verdict_on(0.99, law, direction).kind, LawVerdict::Kind::pass) << law;
      EXPECT_EQ(verdict_on(3, law, direction).kind, LawVerdict::Kind::fail) << law;
    }
  }
}

}  // namespace
}  // namespace xent::properties
