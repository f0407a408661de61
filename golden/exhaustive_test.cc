#include "golden/exhaustive.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

#include "reference/certify.h"

namespace xent::golden {
namespace {

using reference::Bits;
using reference::Rounding;

// The same value by the ladder.
Bits by_ladder(double target, double other, const reference::Format& format) {
  reference::Problem p;
  p.loss = "softmax_cross_entropy";
  p.rows = 1;
  p.classes = 2;
  p.input = {reference::Number(target), reference::Number(other)};
  p.targets = {0};
  const auto bits = reference::certify_row(p, 0).round(format, Rounding::nearest_even);
  EXPECT_TRUE(bits) << target << ' ' << other;
  return bits.value_or(0);
}

TEST(Exhaustive, EveryInputIsInOneBlock) {
  std::set<std::uint32_t> seen;
  for (const std::uint32_t block : {0U, 1U, 2047U, 4095U}) {
    for (const std::uint32_t j : {0U, 1U, 77777U, kBlockInputs - 1})
      EXPECT_TRUE(seen.insert(pattern(block, j)).second);
  }
  // The multiplier is odd, hence invertible: patterns are equal only if (j, block) are.
  EXPECT_EQ(pattern(1, 0) % 2, 1U);
}

TEST(Exhaustive, ValuesAreThoseOfTheLadder) {
  std::mt19937_64 random(7);
  for (const Sweep& sweep : sweeps()) {
    const reference::Format& format = reference::format(sweep.format);
    const TwoClasses two_classes(format);
    Tally tally;
    for (int i = 0; i < 20000; ++i) {
      const std::uint32_t bits = pattern(static_cast<std::uint32_t>(random()) % kBlocks,
                                         static_cast<std::uint32_t>(random()) % kBlockInputs);
      const double x = sweep.pairs ? reference::decode(format, bits >> 16) : 0;
      const double y = reference::decode(format, sweep.pairs ? bits & 0xffff : bits);
      ASSERT_EQ(two_classes.loss(x, y, tally), by_ladder(x, y, format)) << sweep.name << ' ' << x << ' ' << y;
      ASSERT_EQ(two_classes.loss(y, x, tally), by_ladder(y, x, format)) << sweep.name << ' ' << y << ' ' << x;
    }
    EXPECT_EQ(tally.values, 40000U);
    EXPECT_EQ(tally.undecided, 0U);
    EXPECT_GT(tally.special, 0U);
  }
}

// Where one case of the computation passes into the next, and where the rounding is hardest.
TEST(Exhaustive, EdgesAreThoseOfTheLadder) {
  const reference::Format& format = reference::format(XENT_BINARY32);
  const TwoClasses two_classes(format);
  std::vector<double> edges = {0,     -0.0,    0x1p-149,       0x1p-126, 1,    87.5,   88.75, 103.97,
                               104,   1199.9,  1200,           1200.5,   1201, 1201.5, 65535, 65536,
                               70000, 0x1p100, 0x1.fffffep127, HUGE_VAL, NAN};
  for (std::size_t i = 0; i < 19; ++i) edges.push_back(std::nextafterf(static_cast<float>(edges[i]), 1e30F));
  Tally tally;
  for (const double a : edges) {
    for (const double b : edges) {
      for (const auto& [x, y] : {std::pair(a, b), std::pair(-a, b), std::pair(a, -b), std::pair(-a, -b)})
        ASSERT_EQ(two_classes.loss(x, y, tally), by_ladder(x, y, format)) << x << ' ' << y;
    }
  }
}

// The slice of every sweep that the stored digests are of. What changes them changes an answer.
TEST(Exhaustive, ABlockOfEachSweepKeepsItsDigest) {
  const std::pair<const char*, const char*> digests[] = {{"binary32", "3a3bdc9fda49597a"},
                                                         {"binary16_pairs", "641a3770d4594622"},
                                                         {"bfloat16_pairs", "3a1e9af5a5612cca"}};
  for (const auto& [name, digest] : digests) {
    Progress progress{find_sweep(name), {}};
    ASSERT_NE(progress.sweep, nullptr);
    run_sweep(*progress.sweep, {1234}, 1,
              [&](std::uint32_t block, const Block& result) { progress.blocks.emplace(block, result); });
    EXPECT_EQ(progress.digest(), digest) << name;
    EXPECT_EQ(progress.tally().undecided, 0U);
    EXPECT_EQ(progress.tally().values, std::uint64_t{kBlockInputs} * (progress.sweep->pairs ? 1 : 2));
  }
}

TEST(Exhaustive, ProgressIsReadBackAndGoesOn) {
  const Sweep& sweep = sweeps()[0];
  const Block first{{10, 1, 2, 0}, 0x123456789abcdef0};
  const Block second{{20, 3, 4, 5}, 0xfedcba9876543210};
  const std::string text = header_line(sweep) + block_line(7, first) + block_line(3, second);
  const auto whole = read_progress(text);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->sweep, &sweep);
  ASSERT_EQ(whole->blocks.size(), 2U);
  EXPECT_EQ(whole->blocks.at(7).digest, first.digest);
  EXPECT_EQ(whole->tally().values, 30U);
  EXPECT_EQ(whole->tally().undecided, 5U);
  // An interrupted write leaves a line without its end.
  const auto cut = read_progress(text.substr(0, text.size() - 1));
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->blocks.size(), 1U);
  EXPECT_NE(cut->digest(), whole->digest());
}

TEST(Exhaustive, OtherTextIsRefusedByItsLine) {
  const std::string header = header_line(sweeps()[0]);
  const std::pair<std::string, const char*> texts[] = {
      {"", "line: 1 is"},
      {"{}\n", "line: 1 is"},
      {"[]\n", "line: 1 is"},
      {R"({"sweep":"binary128","blocks":4096})"
       "\n",
       "line: 1 is"},
      {R"({"sweep":"binary32","blocks":8})"
       "\n",
       "line: 1 is"},
      {header + "nonsense\n", "line: 2 is"},
      {header +
           R"({"block":4096,"values":1,"special":0,"refined":0,"undecided":0,"digest":"0123456789abcdef"})"
           "\n",
       "line: 2 is"},
      {header + R"({"block":1,"values":-1,"special":0,"refined":0,"undecided":0,"digest":"0123456789abcdef"})"
                "\n",
       "line: 2 is"},
      {header + R"({"block":1,"values":1,"special":0,"refined":0,"undecided":0,"digest":"0123456789ABCDEF"})"
                "\n",
       "line: 2 is"},
      {header + block_line(1, {}) + "{}\n", "line: 3 is"}};
  for (const auto& [text, where] : texts) {
    const auto progress = read_progress(text);
    ASSERT_FALSE(progress) << text;
    EXPECT_NE(progress.error().message.find(where), std::string::npos) << progress.error().message;
  }
}

TEST(Exhaustive, ThreadsGiveTheSameBlocks) {
  std::map<std::uint32_t, std::uint64_t> one, two;
  const std::vector<std::uint32_t> blocks = {5, 6, 7};
  run_sweep(sweeps()[1], blocks, 1, [&](std::uint32_t b, const Block& r) { one[b] = r.digest; });
  run_sweep(sweeps()[1], blocks, 2, [&](std::uint32_t b, const Block& r) { two[b] = r.digest; });
  EXPECT_EQ(one.size(), 3U);
  EXPECT_EQ(one, two);
}

}  // namespace
}  // namespace xent::golden
