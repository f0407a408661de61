// At the end of a format's range one answer may be the largest number and another infinity, and both be
// right.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "properties/bounds.h"
#include "properties/error.h"
#include "properties/judge.h"
#include "properties/laws.h"
#include "properties/replay.h"
#include "properties/testing.h"
#include "reference/certify.h"
#include "reference/format.h"

namespace xent::properties {
namespace {

using reference::Format;

TEST(Agreement, OfAnInfinityIsWithWhatMayRoundToIt) {
  const Format& e5m2 = reference::format(XENT_FP8_E5M2);
  const double largest = e5m2.largest();  // whose last place is 2^13
  EXPECT_TRUE(agree(HUGE_VAL, largest, 0x1p12, e5m2));
  EXPECT_TRUE(agree(largest, HUGE_VAL, 0x1p12, e5m2));
  EXPECT_TRUE(agree(-HUGE_VAL, -largest, 0x1p12, e5m2));
  EXPECT_FALSE(agree(HUGE_VAL, largest, 0x1p12 - 1, e5m2));
  EXPECT_FALSE(agree(HUGE_VAL, -largest, 0x1p12, e5m2));
  EXPECT_FALSE(agree(HUGE_VAL, largest, 0, e5m2));
  EXPECT_TRUE(agree(HUGE_VAL, largest + 0x1p12, 0, e5m2));
}

TEST(Agreement, KnowsTheEndOfBinary64) {
  const Format& binary64 = reference::format(XENT_BINARY64);
  EXPECT_TRUE(agree(HUGE_VAL, binary64.largest(), 0x1p970, binary64));
  EXPECT_FALSE(agree(HUGE_VAL, binary64.largest(), 0x1p969, binary64));
  EXPECT_FALSE(agree(HUGE_VAL, -binary64.largest(), 0x1p1023, binary64));
}

TEST(Agreement, OfNoNumbersAndOfInfinitiesIsAsEver) {
  const Format& binary32 = reference::format(XENT_BINARY32);
  EXPECT_TRUE(agree(HUGE_VAL, HUGE_VAL, 0, binary32));
  EXPECT_TRUE(agree(NAN, NAN, 0, binary32));
  EXPECT_FALSE(agree(NAN, 1, 1e30, binary32));
  EXPECT_FALSE(agree(NAN, HUGE_VAL, 1e30, binary32));
  EXPECT_FALSE(agree(HUGE_VAL, -HUGE_VAL, 1e30, binary32));
  EXPECT_TRUE(agree(HUGE_VAL, -HUGE_VAL, HUGE_VAL, binary32));
  EXPECT_TRUE(agree(1, 2, 1, binary32));
  EXPECT_FALSE(agree(1, 2, 0.5, binary32));
}

xent_claim claim_of(const char* loss, const char* grade) {
  xent_claim claim = kPlainClaim;
  claim.loss = loss;
  claim.input_spaces = XENT_BIT(XENT_LOGITS);
  claim.input_formats |= XENT_BIT(XENT_BINARY64);
  claim.loss_formats = XENT_BIT(XENT_FP8_E5M2);
  claim.reductions = XENT_BIT(XENT_NONE) | XENT_BIT(XENT_SUM) | XENT_BIT(XENT_MEAN);
  claim.options |= XENT_BIT(XENT_OPTION_BASE) | XENT_BIT(XENT_OPTION_SCALE) |
                   XENT_BIT(XENT_OPTION_SAMPLE_WEIGHTS) | XENT_BIT(XENT_OPTION_IGNORE_INDEX);
  claim.grade = grade;
  return claim;
}

// In turns a number of E5M2 and infinity.
class InTurns : public Answering {
 public:
  InTurns(double finite, const char* grade)
      : finite_(finite),
        claim_(claim_of("softmax_cross_entropy", grade)),
        declaration_{XENT_ABI_VERSION, 1, "in_turns", "1", &claim_, {}, never} {}

  const xent_implementation& declaration() const override { return declaration_; }
  reference::Expected<std::shared_ptr<Remote>> again(std::function<bool()>) const override {
    return std::shared_ptr<Remote>(std::make_shared<InTurns>(finite_, claim_.grade));
  }

 private:
  static xent_status never(const xent_problem*, xent_result*) { return XENT_UNSUPPORTED; }

  std::vector<double> answers(const reference::Problem& problem) const override {
    const auto count = problem.reduction == XENT_NONE ? static_cast<std::size_t>(problem.rows) : 1;
    is_infinite_ = !is_infinite_;
    return std::vector<double>(count, is_infinite_ ? HUGE_VAL : finite_);
  }

  double finite_;
  xent_claim claim_;
  xent_implementation declaration_;
  mutable bool is_infinite_ = false;
};

// Of two rows of logits (gap, 0) whose label is the loser: the losses are the gap.
Trial losers(double gap) {
  Trial trial;
  Problem& p = trial.problem;
  p.loss = "softmax_cross_entropy";
  p.rows = 2;
  p.classes = 2;
  p.input = {Number(gap), Number(0.0), Number(gap), Number(0.0)};
  p.targets = {1, 1};
  p.input_format = XENT_BINARY32;
  p.loss_format = XENT_FP8_E5M2;
  trial.parameters = {Number(1.0), Number(1.0)};
  return trial;
}

constexpr const char* kComparisons[] = {"permutation",  "repeated_rows", "sequence_mean",
                                        "narrow_input", "transforms",    "sandwich"};

// Of answers that are `finite` or infinite where the losses are `gap`.
Outcome judged(const char* law, double gap, double finite, const char* grade) {
  Trial trial = losers(gap);
  Problem& p = trial.problem;
  if (std::string(law) == "sequence_mean") p.reduction = XENT_MEAN;
  if (std::string(law) == "repeated_rows") {
    p.rows = 1;
    p.input.resize(2);
    p.targets.resize(1);
  }
  if (std::string(law) == "transforms") p.scale = Number(1.0);
  return replay(Subject(std::make_shared<InTurns>(finite, grade)), *find_law(law), trial);
}

TEST(LawsOfTwoAnswers, AcceptTheLargestNumberAndInfinityWithinTheirBounds) {
  for (const char* grade : {"faithful", "ulp:1.5"}) {
    for (const char* law : kComparisons) {
      const Outcome outcome = judged(law, 60000, 57344, grade);
      EXPECT_EQ(outcome.kind, Outcome::Kind::pass) << law << ", " << grade << ": " << outcome.message;
    }
  }
}

TEST(LawsOfTwoAnswers, RefuseAnInfinityThatIsBeyondTheBounds) {
  for (const char* law : kComparisons)
    EXPECT_EQ(judged(law, 49152, 49152, "ulp:0.5").kind, Outcome::Kind::fail) << law;
}

// -inf in nats, inf in bits.
class OppositeUnits : public Answering {
 public:
  OppositeUnits()
      : claim_(claim_of("softmax_cross_entropy", "lse")), declaration_{XENT_ABI_VERSION, 1,
                                                                       "opposite_units", "1",
                                                                       &claim_,          {},
                                                                       nullptr} {
    claim_.loss_formats = XENT_BIT(XENT_BINARY16);
    claim_.compute_format = XENT_BFLOAT16;
  }

  const xent_implementation& declaration() const override { return declaration_; }
  reference::Expected<std::shared_ptr<Remote>> again(std::function<bool()>) const override {
    return std::shared_ptr<Remote>(std::make_shared<OppositeUnits>());
  }

 private:
  std::vector<double> answers(const reference::Problem& problem) const override {
    return {problem.base.is_zero() ? -HUGE_VAL : HUGE_VAL};
  }

  xent_claim claim_;
  xent_implementation declaration_;
};

// Errors of log-sum-exp in bfloat16, 2^-8 of it and more, against twice the range of binary16.
TEST(LawsOfTwoAnswers, AcceptOppositeInfinitiesOnlyWhereTheBoundsAreAsLargeAsTheRange) {
  const auto judged_at = [](double logit) {
    Trial trial;
    Problem& p = trial.problem;
    p.loss = "softmax_cross_entropy";
    p.rows = 1;
    p.classes = 2;
    p.input = {Number(logit), Number(logit)};
    p.targets = {0};
    p.input_format = XENT_BINARY32;
    p.loss_format = XENT_BINARY16;
    return replay(Subject(std::make_shared<OppositeUnits>()), *find_law("units"), trial).kind;
  };
  EXPECT_EQ(judged_at(0x1p28), Outcome::Kind::pass);
  EXPECT_EQ(judged_at(0x1p20), Outcome::Kind::fail);
}

TEST(Overflow, IsCorrectlyRoundedFromHalfAnUlpBeyondTheLargestOn) {
  const auto outcome = [](double gap) {
    auto truths = *reference::certify(losers(gap).problem);
    Measurement ignored;
    return compare(HUGE_VAL, truths[0], reference::format(XENT_FP8_E5M2), {Grade::correctly_rounded, 0}, 0,
                   &ignored)
        .kind;
  };
  EXPECT_EQ(outcome(57344 + 4095), Outcome::Kind::fail);
  EXPECT_EQ(outcome(57344 + 4096), Outcome::Kind::pass);
}

}  // namespace
}  // namespace xent::properties
