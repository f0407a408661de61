#include "properties/conforms.h"

#include <algorithm>

#include "fast/implementations.h"
#include "properties/mutants.h"

XENT_CONFORMS(StableThroughTheMacro, xent::fast::stable_implementation());

namespace xent::properties {
namespace {

bool has(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

TEST(Conforms, HasTheLawsThatTheDeclarationImplies) {
  const auto stable = implied_laws(*fast::stable_implementation());
  EXPECT_TRUE(has(stable, "shift_invariance"));
  EXPECT_FALSE(has(stable, "gradient_sum"));  // no gradient
  EXPECT_FALSE(has(stable, "small_loss"));    // a capability that is not claimed
  EXPECT_TRUE(has(implied_laws(*fast::fast_implementation()), "small_loss"));
}

TEST(Conforms, ObjectsWithACase) {
  const std::string text = objection(*find_mutant("log_instead_of_log1p")->implementation, "small_loss");
  EXPECT_NE(text.find("ulp off"), std::string::npos) << text;
  EXPECT_NE(text.find(R"({"id":"small_loss","loss":"softmax_cross_entropy")"), std::string::npos) << text;
}

TEST(Conforms, ObjectsToADeclarationThatMakesNoSense) {
  xent_implementation none = {};
  none.abi_version = XENT_ABI_VERSION;
  EXPECT_EQ(implied_laws(none), std::vector<std::string>{"declaration"});
  EXPECT_NE(objection(none, "declaration").find("name"), std::string::npos);
}

}  // namespace
}  // namespace xent::properties
