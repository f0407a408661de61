#include "properties/golden_bits.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fast/implementations.h"
#include "golden/sets.h"
#include "properties/bits_comparison.h"

namespace xent::properties {
namespace {

std::vector<golden::Case> stored_cases() {
  std::vector<golden::Case> cases;
  for (const golden::Set& set : golden::sets()) {
    const auto read = golden::read_all(golden::stored(set));
    cases.insert(cases.end(), read->begin(), read->end());
  }
  return cases;
}

GoldenBits bits_of(const xent_implementation& implementation) {
  return golden_bits(Subject(implementation), stored_cases(), implementation.name);
}

const GoldenBits& stable() {
  static const GoldenBits bits = bits_of(*fast::stable_implementation());
  return bits;
}

const AnsweredCase* find(const GoldenBits& bits, const std::string& id) {
  for (const AnsweredCase& answered : bits.cases) {
    if (answered.id == id) return &answered;
  }
  return nullptr;
}

TEST(GoldenBits, AreThoseOfTheAnswer) {
  const auto cases = golden::read_all(
      R"({"id":"two","loss":"softmax_cross_entropy","rows":2,"classes":2,"input":{"space":"logits","numbers":["0","0","100","0"]},"targets":[0,1]})");
  ASSERT_TRUE(cases) << cases.error().message;
  const GoldenBits bits = golden_bits(Subject(*fast::fast_implementation()), *cases, "fast");
  ASSERT_NE(find(bits, "two/binary32"), nullptr);
  EXPECT_EQ(find(bits, "two/binary32")->bits, "3f317218 42c80000");  // ln 2, 100
  EXPECT_EQ(find(bits, "two/binary32")->loss, "");
  ASSERT_NE(find(bits, "two/binary32/gradient"), nullptr);
  EXPECT_EQ(find(bits, "two/binary32/gradient")->bits, "bf000000 3f000000 3f800000 bf800000");
  EXPECT_EQ(find(bits, "two/binary32/gradient")->loss, "3f317218 42c80000");
  ASSERT_NE(find(bits, "two/binary16->binary32"), nullptr);
  EXPECT_EQ(find(bits, "two/binary16->binary32")->bits, "3f317218 42c80000");
}

TEST(GoldenBits, ReadBackAsTheyWereWritten) {
  ASSERT_GT(stable().cases.size(), 50U);
  const auto read = read_bits(bits_text(stable()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(bits_text(*read), bits_text(stable()));
  EXPECT_TRUE(compare(stable(), *read).changed.empty());
}

TEST(GoldenBits, AreTheSameEveryTime) {
  EXPECT_EQ(bits_text(bits_of(*fast::fast_implementation())),
            bits_text(bits_of(*fast::fast_implementation())));
}

TEST(GoldenBits, RefuseFilesThatWereCutOrEdited) {
  const std::string good = bits_text(stable());
  const auto error = [](const std::string& text) {
    const auto read = read_bits(text);
    return read ? "accepted" : read.error().message;
  };
  EXPECT_NE(error(good.substr(0, good.rfind("\n{") + 1)).find("no last line"), std::string::npos);
  EXPECT_NE(error("").find("no last line"), std::string::npos);
  EXPECT_NE(error(good + good).find("nothing after the digest"), std::string::npos);
  std::string edited = good;
  edited.replace(edited.find("\"bits\":\"") + 8, 1, "0");
  EXPECT_NE(error(edited).find("digest"), std::string::npos);
  std::string twice = good;
  const std::size_t line = twice.find('\n') + 1;
  twice.insert(line, twice.substr(line, twice.find('\n', line) + 1 - line));
  EXPECT_EQ(error(twice).substr(0, 11), "line 3: id:");
}

TEST(BitsComparison, ShowsOneChangedBitAndItsDistanceFromTheTruth) {
  const GoldenBits before = bits_of(*fast::correct_implementation());
  GoldenBits after = before;
  const std::string id = "condition/maximum_subtracted/binary32";
  for (AnsweredCase& answered : after.cases) {
    if (answered.id == id) answered.bits.back() = answered.bits.back() == '0' ? '1' : '0';
  }
  ASSERT_NE(find(after, id), nullptr);
  const BitsComparison compared = compare(before, after);
  EXPECT_EQ(compared.same + 1, static_cast<int>(before.cases.size()));
  ASSERT_EQ(compared.changed.size(), 1U);
  EXPECT_EQ(compared.changed[0].id, id);
  ASSERT_EQ(compared.changed[0].outputs.size(), 1U);
  const ChangedOutput& output = compared.changed[0].outputs[0];
  EXPECT_EQ(output.before, find(before, id)->bits);
  EXPECT_EQ(output.after, find(after, id)->bits);
  EXPECT_LE(output.before_ulps, 0.5 + 0x1p-40);
  EXPECT_GE(output.after_ulps, 0.5);
}

TEST(BitsComparison, NamesWhatIsNotAnsweredAndWhatIsAskedDifferently) {
  GoldenBits after = stable();
  const std::string gone = after.cases[0].id;
  after.cases.erase(after.cases.begin());
  after.cases[0].line = after.cases[1].line;
  after.cases[1].bits = "status 2";
  const BitsComparison compared = compare(stable(), after);
  ASSERT_EQ(compared.changed.size(), 3U);
  EXPECT_EQ(compared.changed[0].id, gone);
  EXPECT_EQ(compared.changed[0].reason, "no longer answered");
  EXPECT_EQ(compared.changed[1].reason, "another question");
  EXPECT_EQ(compared.changed[2].reason, stable().cases[2].bits + " -> status 2");
  EXPECT_EQ(compare(after, stable()).changed.back().reason, "was not answered");
}

// The losses are 60000, which binary16 has, and 100000, which rounds to its infinity.
TEST(BitsComparison, TellsAnInfinityFromAValueWithinTheRange) {
  const auto answered = [](const std::string& bits) {
    GoldenBits of_one;
    of_one.cases = {
        {"big/binary16", bits, "",
         R"({"id":"big","loss":"softmax_cross_entropy","rows":2,"classes":2,"input":{"space":"logits",)"
         R"("format":"binary32","bits":"00000000476a60000000000047c35000"},"targets":[0,0],"loss_format":"binary16"})"}};
    return of_one;
  };
  const BitsComparison compared = compare(answered("7b53 7bff"), answered("7c00 7c00"));
  ASSERT_EQ(compared.changed.size(), 1U);
  ASSERT_EQ(compared.changed[0].outputs.size(), 2U);
  const ChangedOutput& within_range = compared.changed[0].outputs[0];
  EXPECT_LE(within_range.before_ulps, 0.5);
  EXPECT_EQ(within_range.after_ulps, HUGE_VAL);
  const ChangedOutput& beyond = compared.changed[0].outputs[1];
  EXPECT_GT(beyond.before_ulps, 0);
  EXPECT_EQ(beyond.after_ulps, 0);
}

TEST(BitsComparison, MeasuresInfinitiesAndGradients) {
  const BitsComparison compared = compare(stable(), bits_of(*fast::naive_implementation()));
  int infinite = 0;
  for (const ChangedCase& changed : compared.changed) {
    for (const ChangedOutput& output : changed.outputs) infinite += std::isinf(output.after_ulps) ? 1 : 0;
  }
  EXPECT_GT(infinite, 0) << "naive overflows";
  const BitsComparison gradients =
      compare(bits_of(*fast::fast_implementation()), bits_of(*fast::correct_implementation()));
  for (const ChangedCase& changed : gradients.changed) {
    for (const ChangedOutput& output : changed.outputs) EXPECT_LT(output.before_ulps, 1e9) << changed.id;
  }
}

}  // namespace
}  // namespace xent::properties
