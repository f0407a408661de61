// The textbook implementations: right within the bounds of textbook code, and naive wrong where it must be.
#include <cmath>

#include "fast/testing.h"

namespace xent::fast {
namespace {

const xent_implementation* const kBoth[] = {stable_implementation(), naive_implementation()};

struct Plain {
  std::vector<float> input;
  std::vector<float> probs;
  std::vector<int64_t> targets;
};

// One row in binary32.
float ask(const xent_implementation* implementation, const char* loss, xent_space space, const Plain& plain) {
  float result = -77;
  Question question(plain.input, plain.targets.empty() ? std::vector<int64_t>{0} : plain.targets);
  question.problem.loss = loss;
  question.problem.input_space = space;
  question.result.loss = {&result, XENT_BINARY32, 1, 0};
  if (!plain.probs.empty()) {
    question.problem.target_probs = {plain.probs.data(), XENT_BINARY32, 0, 1};
    question.problem.target_space = XENT_PROBABILITIES;
    question.problem.targets = {};
  }
  if (std::string(loss) == "sequence" || std::string(loss) == "perplexity")
    question.problem.reduction = XENT_MEAN;
  EXPECT_EQ(question.ask(implementation), XENT_OK) << loss;
  return result;
}

constexpr float kThird = 1.0f / 3;

// Bounds: a sum of n terms, each off by 4u (its logarithm 2u or 3u, its product 1u): (n + 3) u sum |terms|.
// One logarithm is off by 2u; e^x of it by 2u more than x is off absolutely, 2u nll, with 2u for the division
// of the mean.
TEST(Plain, ProbabilityLossesAreTheirFormulas) {
  const std::vector<float> p = {0.5f, 0.25f, 0.125f, 0.125f};
  const std::vector<float> q = {0.1f, 0.2f, 0.3f, 0.4f};
  double entropy = 0, cross = 0, kl_terms = 0, kl = 0;
  for (size_t i = 0; i < 4; ++i) {
    const double lp = std::log(static_cast<double>(p[i])), lq = std::log(static_cast<double>(q[i]));
    entropy -= p[i] * lp;
    cross -= p[i] * lq;
    kl += p[i] * (lp - lq);
    kl_terms -= p[i] * (lp + lq);
  }
  // In u, of the terms' magnitudes: 2 for a logarithm, 1 for the quotient in it, 1 for the product and 3 for
  // the additions.
  for (const xent_implementation* both : kBoth) {
    EXPECT_NEAR(ask(both, "entropy", XENT_PROBABILITIES, {p, {}, {}}), entropy, 7 * kU * entropy);
    EXPECT_NEAR(ask(both, "cross_entropy", XENT_PROBABILITIES, {q, p, {}}), cross, 7 * kU * cross);
    EXPECT_NEAR(ask(both, "kl", XENT_PROBABILITIES, {q, p, {}}), kl, 7 * kU * kl_terms);
    const double nll = -std::log(static_cast<double>(q[2]));
    EXPECT_NEAR(ask(both, "nll", XENT_PROBABILITIES, {q, {}, {2}}), nll, 2 * kU * nll);
    EXPECT_NEAR(ask(both, "sequence", XENT_PROBABILITIES, {q, {}, {2}}), nll, 2 * kU * nll);
    EXPECT_NEAR(ask(both, "perplexity", XENT_PROBABILITIES, {q, {}, {2}}), 1.0 / q[2],
                (2 * nll + 4) * kU / q[2]);
  }
}

TEST(Plain, RefusesMeansOverTheSumsOfLabels) {
  const std::vector<float> p = {0.5f, 0.25f};
  for (const xent_implementation* both : kBoth) {
    Question question({0.5f, 0.5f}, {0});
    question.problem.loss = "cross_entropy";
    question.problem.input_space = question.problem.target_space = XENT_PROBABILITIES;
    question.problem.targets = {};
    question.problem.target_probs = {p.data(), XENT_BINARY32, 0, 1};
    question.problem.conventions.denominator = XENT_VALID_WEIGHTS;
    float loss = 0;
    question.result.loss = {&loss, XENT_BINARY32, 1, 0};
    EXPECT_EQ(question.ask(both), XENT_OK);
    question.problem.reduction = XENT_MEAN;
    EXPECT_EQ(question.ask(both), XENT_UNSUPPORTED);
  }
}

TEST(Plain, EdgesOfProbabilitiesFollowTheConventions) {
  for (const xent_implementation* both : kBoth) {
    SCOPED_TRACE(both->name);
    const float point = ask(both, "entropy", XENT_PROBABILITIES, {{0, 1, 0}, {}, {}});
    EXPECT_EQ(point, 0);
    EXPECT_FALSE(std::signbit(point));
    EXPECT_EQ(ask(both, "nll", XENT_PROBABILITIES, {{1, 0}, {}, {0}}), 0);
    EXPECT_EQ(ask(both, "nll", XENT_PROBABILITIES, {{1, 0}, {}, {1}}), kInf);
    EXPECT_EQ(ask(both, "cross_entropy", XENT_PROBABILITIES, {{1, 0}, {1, 0}, {}}), 0);
    EXPECT_EQ(ask(both, "cross_entropy", XENT_PROBABILITIES, {{1, 0}, {0.5f, 0.5f}, {}}), kInf);
    EXPECT_EQ(ask(both, "kl", XENT_PROBABILITIES, {{1, 0}, {0.5f, 0.5f}, {}}), kInf);
    EXPECT_EQ(ask(both, "kl", XENT_PROBABILITIES, {{kThird, kThird}, {kThird, kThird}, {}}), 0);
    for (const char* loss : {"cross_entropy", "kl"}) {
      EXPECT_TRUE(std::isnan(ask(both, loss, XENT_PROBABILITIES, {{1, kNaN}, {1, 0}, {}}))) << loss;
      EXPECT_TRUE(std::isnan(ask(both, loss, XENT_PROBABILITIES, {{1, 0}, {1, kNaN}, {}}))) << loss;
    }
    EXPECT_TRUE(std::isnan(ask(both, "entropy", XENT_PROBABILITIES, {{1, kNaN}, {}, {}})));
    EXPECT_TRUE(std::isnan(ask(both, "nll", XENT_PROBABILITIES, {{1, kNaN}, {}, {0}})));
  }
}

TEST(Plain, StableKlSurvivesQuotientsThatDoNot) {
  const float tiny = 0x1p-140f;
  const float kl = ask(stable_implementation(), "kl", XENT_PROBABILITIES, {{tiny, 1}, {1, 0}, {}});
  EXPECT_NEAR(kl, 140 * std::log(2.0), 140 * std::log(2.0) * 6 * kU);
  EXPECT_EQ(ask(naive_implementation(), "kl", XENT_PROBABILITIES, {{tiny, 1}, {1, 0}, {}}), kInf);
}

// Bound of grade shifted: u (|x_t - m| + l + D) + c_e + s_C + c_l ln S, at most, with c_e = c_l = 2u, D <= ln
// C.
TEST(Plain, StableSoftmaxIsWithinTheShiftedBound) {
  for (const int64_t classes : {1, 2, 10, 1000}) {
    const auto x = random_logits(classes, 5, 15);
    for (int64_t target = 0; target < classes; target += 1 + classes / 7) {
      const double loss = static_cast<double>(truth(x, target).loss);
      const double c = static_cast<double>(classes);
      const double bound = kU * (2 * loss + std::log(c) + 2 + (c - 1) + 2 * std::log(c) + loss);
      const Plain plain = {x, {}, {target}};
      EXPECT_NEAR(ask(stable_implementation(), "softmax_cross_entropy", XENT_LOGITS, plain), loss, bound);
      EXPECT_NEAR(ask(stable_implementation(), "sequence", XENT_LOGITS, plain), loss, bound);
      const double lse = loss + x[static_cast<size_t>(target)];
      EXPECT_NEAR(ask(stable_implementation(), "log_sum_exp", XENT_LOGITS, plain), lse,
                  bound + kU * std::fabs(lse));
      EXPECT_NEAR(ask(naive_implementation(), "log_sum_exp", XENT_LOGITS, plain), lse, bound + kU * 60);
      // A one-hot distribution asks for the same.
      std::vector<float> one_hot(x.size(), 0);
      one_hot[static_cast<size_t>(target)] = 1;
      EXPECT_NEAR(ask(stable_implementation(), "softmax_cross_entropy", XENT_LOGITS, {x, one_hot, {}}), loss,
                  bound);
    }
  }
}

TEST(Plain, StableSoftmaxFollowsTheConventions) {
  const auto ce = [](const std::vector<float>& x, int64_t target) {
    return ask(stable_implementation(), "softmax_cross_entropy", XENT_LOGITS, {x, {}, {target}});
  };
  EXPECT_EQ(ce({-kInf, 5, -kInf}, 1), 0);
  EXPECT_EQ(ce({-kInf, 5}, 0), kInf);
  EXPECT_EQ(ce({-kInf, 1, 2, -kInf}, 1), ce({1, 2}, 0));
  for (const int64_t target : {0, 1}) {
    EXPECT_TRUE(std::isnan(ce({-kInf, -kInf}, target)));
    EXPECT_TRUE(std::isnan(ce({kInf, 0}, target)));
    EXPECT_TRUE(std::isnan(ce({kNaN, 0}, target)));
    EXPECT_TRUE(std::isnan(ce({0, kNaN}, target)));
  }
  EXPECT_EQ(ask(stable_implementation(), "log_sum_exp", XENT_LOGITS, {{-kInf, -kInf}, {}, {}}), -kInf);
  EXPECT_TRUE(std::isnan(ask(stable_implementation(), "log_sum_exp", XENT_LOGITS, {{-kInf, kNaN}, {}, {}})));
  const Plain masked = {{-kInf, 0, 0}, {0, 0.5f, 0.5f}, {}};
  EXPECT_NEAR(ask(stable_implementation(), "softmax_cross_entropy", XENT_LOGITS, masked), std::log(2.0),
              4 * kU);
}

TEST(Plain, NaiveOverflowsWhereStableDoesNot) {
  const Plain large = {{100, 99}, {}, {0}};
  EXPECT_EQ(ask(naive_implementation(), "softmax_cross_entropy", XENT_LOGITS, large), kInf);
  EXPECT_LT(ask(stable_implementation(), "softmax_cross_entropy", XENT_LOGITS, large), 1);
}

TEST(Plain, ReadsStridedClassesAndIgnoresRows) {
  for (const xent_implementation* both : kBoth) {
    // Columns of a 3 x 2 matrix are the rows asked for.
    Question question({1, 9, 2, 9, 3, 9}, {0, 7});
    question.problem.classes = 3;
    question.problem.input.row_stride = 1;
    question.problem.input.class_stride = 2;
    question.problem.has_ignore_index = 1;
    question.problem.ignore_index = 7;
    question.problem.reduction = XENT_MEAN;
    float mean = -1;
    question.result.loss = {&mean, XENT_BINARY32, 0, 0};
    ASSERT_EQ(question.ask(both), XENT_OK);
    EXPECT_EQ(mean, ask(both, "softmax_cross_entropy", XENT_LOGITS, {{1, 2, 3}, {}, {0}}));
    question.problem.base = 2;
    const float nats = mean;
    ASSERT_EQ(question.ask(both), XENT_OK);
    EXPECT_EQ(mean, nats / static_cast<float>(std::log(2.0)));
  }
}

}  // namespace
}  // namespace xent::fast
