// Laws of several sentences: each sentence finds, of an implementation that declares no more than it needs,
// what the law's others do not.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "properties/designs.h"
#include "properties/judge.h"
#include "properties/laws.h"
#include "properties/mutant_tables.h"
#include "properties/mutants.h"
#include "properties/replay.h"
#include "properties/report.h"

namespace xent::properties {
namespace {

// An implementation and what it is to declare.
class Declared {
 public:
  explicit Declared(const xent_implementation& implementation)
      : implementation_(implementation),
        claims_(implementation.claims, implementation.claims + implementation.claim_count) {}

  Declared only(const std::string& loss) const {
    Declared other = *this;
    std::erase_if(other.claims_, [&](const xent_claim& claim) { return loss != claim.loss; });
    return other;
  }
  Declared without(std::int32_t option) const {
    Declared other = *this;
    for (xent_claim& claim : other.claims_) claim.options &= ~XENT_BIT(option);
    return other;
  }
  Declared without_gradients() const {
    Declared other = *this;
    for (xent_claim& claim : other.claims_) claim.grad_formats = 0;
    return other;
  }
  Declared only_means() const {
    Declared other = *this;
    for (xent_claim& claim : other.claims_) claim.reductions &= XENT_BIT(XENT_MEAN);
    return other;
  }
  Declared by(decltype(xent_implementation::compute) compute) const {
    Declared other = *this;
    other.implementation_.compute = compute;
    return other;
  }
  Declared as(const char* grade) const {
    Declared other = *this;
    for (xent_claim& claim : other.claims_) claim.grade = grade;
    return other;
  }

  xent_implementation implementation() const {
    xent_implementation declared = implementation_;
    declared.claims = claims_.data();
    declared.claim_count = static_cast<std::uint32_t>(claims_.size());
    return declared;
  }

 private:
  xent_implementation implementation_;
  std::vector<xent_claim> claims_;
};

Declared mutant(const char* id) {
  return Declared(*find_mutant(id)->implementation);
}

Declared sound() {
  return Declared(*sound_implementation());
}

// The one law that is heard.
LawVerdict verdict(const Declared& declared, const char* law) {
  CheckOptions options;
  options.level = Level::smoke;
  options.only_law = law;
  options.shrink_budget = 0;
  const xent_implementation implementation = declared.implementation();
  return check(implementation, options).laws.at(0);
}

bool accepts(const Declared& declared, const char* law) {
  return verdict(declared, law).kind == LawVerdict::Kind::pass;
}
bool refuses(const Declared& declared, const char* law) {
  return verdict(declared, law).kind == LawVerdict::Kind::fail;
}

TEST(Smoothing, IsHeardOfHardLabelsAlone) {
  const auto hard = [](const Declared& declared) {
    return declared.only("softmax_cross_entropy").without(XENT_OPTION_SOFT_TARGETS);
  };
  EXPECT_TRUE(accepts(hard(sound()), "smoothing"));
  for (const char* wrong :
       {"smoothing_spares_target", "smoothing_of_one_more", "smoothing_twice_on_target",
        "smoothing_keeps_one", "smoothing_inverted", "smoothing_ignored", "smoothing_unweighted"}) {
    EXPECT_TRUE(refuses(hard(mutant(wrong)), "smoothing")) << wrong;
  }
  EXPECT_TRUE(refuses(hard(mutant("smoothing_missing_in_gradient")), "smoothing"));  // from the gradient
}

TEST(Smoothing, IsHeardOfSoftLabelsAlone) {
  const auto soft = [](const Declared& declared) {
    return declared.only("softmax_cross_entropy").without(XENT_OPTION_HARD_TARGETS);
  };
  EXPECT_TRUE(accepts(soft(sound()), "smoothing"));
  for (const char* wrong : {"smoothing_of_one_more", "smoothing_keeps_one", "smoothing_ignored"})
    EXPECT_TRUE(refuses(soft(mutant(wrong)), "smoothing")) << wrong;
}

TEST(Smoothing, IsHeardOfProbabilities) {
  for (const char* loss : {"nll", "cross_entropy"}) {
    EXPECT_TRUE(accepts(sound().only(loss), "smoothing")) << loss;
    EXPECT_TRUE(refuses(mutant("smoothing_of_one_more").only(loss), "smoothing")) << loss;
  }
}

TEST(ZLoss, IsHeardOfGradients) {
  for (const char* wrong : {"z_loss_not_doubled", "z_loss_without_gradient"}) {
    EXPECT_TRUE(refuses(mutant(wrong), "z_loss")) << wrong;
    EXPECT_TRUE(accepts(mutant(wrong).without_gradients(), "z_loss")) << wrong;
  }
}

// One-hot labels are right, but not all others.
TEST(OneHot, IsHeardOfLabelsBetween) {
  for (const char* wrong : {"labels_normalised", "labels_argmaxed"})
    EXPECT_TRUE(refuses(mutant(wrong).only("softmax_cross_entropy"), "one_hot")) << wrong;
  const Declared soft = sound().only("softmax_cross_entropy").without(XENT_OPTION_HARD_TARGETS);
  EXPECT_TRUE(accepts(soft, "one_hot"));
}

TEST(Shards, AreHeardOfGradients) {
  for (const char* wrong : {"narrow_probability", "no_target"}) {
    EXPECT_TRUE(refuses(mutant(wrong), "shards")) << wrong;
    EXPECT_TRUE(accepts(mutant(wrong).without_gradients(), "shards")) << wrong;
  }
}

TEST(Additivity, IsHeardOfMeans) {
  const auto means = [](const Declared& declared) {
    return declared.only("softmax_cross_entropy").only_means();
  };
  EXPECT_TRUE(accepts(means(sound()), "additivity"));
  for (const char* wrong : {"mean_of_means", "chunk_means_summed", "weighted_mean_by_count"})
    EXPECT_TRUE(refuses(means(mutant(wrong)), "additivity")) << wrong;
}

TEST(Transforms, AreHeardOfCaps) {
  const auto caps = [](const Declared& declared) {
    return declared.without(XENT_OPTION_TEMPERATURE).without(XENT_OPTION_SCALE);
  };
  EXPECT_TRUE(accepts(caps(sound()), "transforms"));
  for (const char* wrong :
       {"softcap_is_clamp", "softcap_is_softsign", "softcap_loses_sign", "softcap_unscaled"})
    EXPECT_TRUE(refuses(caps(mutant(wrong)), "transforms")) << wrong;
}

// Whose weights grow by powers of two as they should, and no more.
TEST(Weights, AreHeardBetweenPowersOfTwo) {
  for (const char* wrong : {"sample_weights_shift", "class_weights_shift"})
    EXPECT_TRUE(refuses(mutant(wrong).only("softmax_cross_entropy"), "weights")) << wrong;
}

// ln 2, of two equal logits; a float more where there are others, which are masked.
xent_status one_more(const xent_problem* problem, xent_result* result) {
  const float ln2 = std::log(2.0F);
  *static_cast<float*>(result->loss.data) = problem->classes == 2 ? ln2 : std::nextafter(ln2, 1.0F);
  return XENT_OK;
}

TEST(Mask, KeepsTheBitsOfWhatIsCorrectlyRounded) {
  const auto trial = trial_of_line(
      R"({"id":"a","loss":"softmax_cross_entropy","rows":1,"classes":2,"input":{"space":"logits",)"
      R"("format":"binary32","bits":"0000000000000000"},"targets":[0],"loss_format":"binary32",)"
      R"("parameters":["0","1"]})");
  ASSERT_TRUE(trial) << trial.error().message;
  const auto kind = [&](const char* grade) {
    const Declared declared = sound().by(one_more).as(grade);
    const xent_implementation implementation = declared.implementation();
    return replay(implementation, *find_law("mask"), *trial).kind;
  };
  EXPECT_EQ(kind("correctly_rounded"), Outcome::Kind::fail);
  EXPECT_EQ(kind("faithful"), Outcome::Kind::pass);
}

// Right without a temperature, and off by a 64th with one.
xent_status hot(const xent_problem* problem, xent_result* result) {
  const xent_status status = sound_implementation()->compute(problem, result);
  if (status != XENT_OK || problem->temperature == 0) return status;
  for (std::int64_t row = 0; row < (problem->reduction == XENT_NONE ? problem->rows : 1); ++row)
    static_cast<float*>(result->loss.data)[row * result->loss.row_stride] *= 1 + 0x1p-6F;
  return status;
}

// Bent where there is a scale.
struct Bent : Sound {
  static float scaled(float x, float scale) { return x * scale + x * x / 64; }
};

TEST(LawsOfPlainRows, AreHeardOfMappedLogits) {
  const Declared plain = sound().only("softmax_cross_entropy");
  for (const char* law : {"normalisation", "difference", "gradient_cross"})
    EXPECT_TRUE(refuses(plain.by(hot), law)) << law;
  const Declared bent = plain.by(compute_with<Bent>);
  for (const char* law : {"sandwich", "shift_invariance", "grouping", "difference"})
    EXPECT_TRUE(refuses(bent, law)) << law;
  EXPECT_TRUE(refuses(plain.by(mutant("temperature_multiplies").implementation().compute), "sandwich"));
}

}  // namespace
}  // namespace xent::properties
