#include "properties/conforms.h"

#include <algorithm>
#include <cstdlib>

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
  const xent_implementation& mutant = *find_mutant("log_instead_of_log1p")->implementation;
  const std::string text = objection(mutant, "small_loss", "my_tests --gtest_filter=A.B");
  EXPECT_NE(text.find("ulp off"), std::string::npos) << text;
  const std::string begin = R"(XENT_CASE='{"id":"small_loss","loss":"softmax_cross_entropy")";
  const std::string end = "' my_tests --gtest_filter=A.B\n";
  ASSERT_NE(text.find(begin), std::string::npos) << text;
  ASSERT_TRUE(text.ends_with(end)) << text;
}

// Sets an environment variable for a while.
class Environment {
 public:
  explicit Environment(const std::string& line) { setenv("XENT_CASE", line.c_str(), 1); }
  ~Environment() { unsetenv("XENT_CASE"); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
};

TEST(Conforms, ObjectsToTheCaseThatIsGiven) {
  const xent_implementation& mutant = *find_mutant("log_instead_of_log1p")->implementation;
  const std::string text = objection(mutant, "small_loss", "");
  const auto begin = text.find('{');
  const std::string line = text.substr(begin, text.rfind('\'') - begin);
  {
    const Environment replayed(line);
    EXPECT_NE(objection(mutant, "small_loss", "").find("ulp off"), std::string::npos);
    EXPECT_EQ(objection(*fast::fast_implementation(), "small_loss", ""), "");
  }
  const Environment none("{");
  EXPECT_EQ(objection(mutant, "small_loss", "").substr(0, 11), "XENT_CASE: ");
}

TEST(Conforms, NamesTheTestThatIsRunning) {
  EXPECT_NE(this_test_again().find("--gtest_filter=Conforms.NamesTheTestThatIsRunning"), std::string::npos);
}

TEST(Conforms, ObjectsToADeclarationThatMakesNoSense) {
  xent_implementation none = {};
  none.abi_version = XENT_ABI_VERSION;
  EXPECT_EQ(implied_laws(none), std::vector<std::string>{"declaration"});
  EXPECT_NE(objection(none, "declaration", "").find("name"), std::string::npos);
}

}  // namespace
}  // namespace xent::properties
