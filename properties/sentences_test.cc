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

}  // namespace
}  // namespace xent::properties
