#include "properties/ngram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

namespace xent::properties {
namespace {

using Probabilities = std::array<double, kByteClasses>;

constexpr double kUnitRoundoff = 0x1p-53;

// A product of k factors (1 + d)^(+-1), |d| <= u, is 1 + theta with |theta| <= k u / (1 - k u): Higham,
// lemma 3.1.
double gamma(int k) {
  return k * kUnitRoundoff / (1 - k * kUnitRoundoff);
}

NgramModel trained(std::string_view text, int order) {
  const auto model = NgramModel::train(text, order);
  EXPECT_TRUE(model.has_value());
  return *model;
}

Probabilities probabilities(const NgramModel& model, std::string_view context) {
  Probabilities p;
  model.probabilities(context, p);
  return p;
}

double probability(const NgramModel& model, std::string_view context, char c) {
  return probabilities(model, context)[static_cast<unsigned char>(c)];
}

// Adds neighbours, then neighbours of those, ...: each term takes part in log2(256) = 8 rounded additions.
double pairwise_sum(Probabilities p) {
  for (std::size_t half = kByteClasses / 2; half > 0; half /= 2) {
    for (std::size_t i = 0; i < half; ++i) p[i] += p[i + half];
  }
  return p[0];
}

std::string license() {
  std::ifstream file("LICENSE", std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_FALSE(text.empty()) << "run from the root of the repository";
  return text;
}

// Few letters, so that long grams repeat; among them both ends of the byte range and of the signed range.
std::string random_text(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = "\x00\x7f\x80\xff"[random() % 4];
  return text;
}

// P(c | h) by its recursive definition, counting by reading the whole text.
double by_definition(std::string_view text, std::string_view h, unsigned char c, bool at_base = false) {
  if (at_base) return 1.0 / 256;
  const double below = h.empty() ? by_definition(text, h, c, true) : by_definition(text, h.substr(1), c);
  std::array<int, 256> n{};
  for (std::size_t i = h.size(); i < text.size(); ++i) {
    if (text.substr(i - h.size(), h.size()) == h) ++n[static_cast<unsigned char>(text[i])];
  }
  int total = 0;
  int distinct = 0;
  for (const int count : n) {
    total += count;
    distinct += count > 0 ? 1 : 0;
  }
  return total == 0 ? below : (n[c] + distinct * below) / (total + distinct);
}

// The rational numerator / denominator carries one rounding as a double, the model's value at most 3 per
// order, and the product on the right one more; the difference on the left is exact (Sterbenz: the operands
// are within a factor 2 if the test is to pass at all).
void expect_rational(const NgramModel& model, std::string_view context, char c, int numerator,
                     int denominator) {
  const double p = probability(model, context, c);
  const double expected = double(numerator) / denominator;
  EXPECT_LE(std::abs(p - expected), gamma(3 * model.order() + 2) * expected)
      << "P('" << c << "' | \"" << context << "\")";
}

TEST(Ngram, FollowsTheWittenBellFormulaOfOrderTwoByHand) {
  // "abac": n(a) = 2, n(b) = n(c) = 1, so N = 4, T = 3 and P(a) = (2 + 3/256) / 7 = 515/1792, P(b) = P(c) =
  // (1 + 3/256) / 7 = 259/1792, P(other) = 3/1792.
  const NgramModel model = trained("abac", 2);
  expect_rational(model, "", 'a', 515, 1792);
  expect_rational(model, "", 'b', 259, 1792);
  expect_rational(model, "", 'd', 3, 1792);
  // After a: b once, c once; N = T = 2. P(b | a) = (1 + 2 * 259/1792) / 4 = 165/512, and
  // 2 * 165/512 + 515/3584 + 253 * 3/3584 = 1.
  expect_rational(model, "a", 'b', 165, 512);
  expect_rational(model, "a", 'c', 165, 512);
  expect_rational(model, "a", 'a', 515, 3584);
  expect_rational(model, "a", 'd', 3, 3584);
  // After b: a once; N = T = 1. P(a | b) = (1 + 515/1792) / 2.
  expect_rational(model, "b", 'a', 2307, 3584);
}

TEST(Ngram, FollowsTheUnigramFormulaInEveryContextForOrderOne) {
  const NgramModel model = trained("abac", 1);
  for (const std::string_view context : {"", "a", "b", "abac", "zzz"}) {
    expect_rational(model, context, 'a', 515, 1792);
    expect_rational(model, context, 'c', 259, 1792);
    expect_rational(model, context, 'z', 3, 1792);
  }
}

TEST(Ngram, AgreesWithItsDefinitionInAllContextsOfAText) {
  const std::string text = random_text(300, 1);
  for (int order = 1; order <= kMaxNgramOrder; ++order) {
    const NgramModel model = trained(text, order);
    const auto used = static_cast<std::size_t>(order - 1);
    for (std::size_t end = 0; end <= text.size(); ++end) {
      const std::string_view context = std::string_view(text).substr(0, end);
      const std::string_view h = context.substr(end - std::min(end, used));
      for (const char c : {'\x00', '\x01', '\x7f', '\x80', '\xff'}) {
        const double p = probability(model, context, c);
        const double expected = by_definition(text, h, static_cast<unsigned char>(c));
        // Either side carries 3 roundings per order, the product one.
        EXPECT_LE(std::abs(p - expected), gamma(6 * order + 1) * expected)
            << "order " << order << ", context of " << end << " bytes, byte "
            << int{static_cast<unsigned char>(c)};
      }
    }
  }
}

TEST(Ngram, GivesPositiveProbabilitiesWithSumOne) {
  // Each p[c] is P(c | h) with at most 3 order factors (1 + d), the sum adds 8, and sum P = 1 exactly: so the
  // computed sum is within gamma(3 order + 8) of 1. Its difference from 1 is exact (Sterbenz).
  for (const std::string& text : {license(), random_text(5000, 2), std::string(5000, 'a'), std::string()}) {
    for (int order = 1; order <= kMaxNgramOrder; ++order) {
      const NgramModel model = trained(text, order);
      for (std::size_t end = 0; end <= text.size(); end += 13) {
        const Probabilities p = probabilities(model, std::string_view(text).substr(0, end));
        ASSERT_TRUE(std::ranges::all_of(p, [](double q) { return q > 0 && q <= 1; }));
        ASSERT_LE(std::abs(pairwise_sum(p) - 1), gamma(3 * order + 8)) << "order " << order;
      }
    }
  }
}

TEST(Ngram, GivesTheUniformDistributionWithoutTrainingText) {
  for (const double q : probabilities(trained("", 5), "anything")) EXPECT_EQ(q, 1.0 / 256);
}

TEST(Ngram, UsesTheLowerOrderInAnUnseenContext) {
  const NgramModel model = trained("abac", 3);
  EXPECT_EQ(probabilities(model, "za"), probabilities(model, "a"));
  EXPECT_EQ(probabilities(model, "z"), probabilities(model, ""));
  EXPECT_EQ(probabilities(model, "c"), probabilities(model, "")) << "c occurs, but nothing follows it";
  EXPECT_NE(probabilities(model, "ba"), probabilities(model, "a"));
}

TEST(Ngram, ForgetsWhatLiesBeyondTheOrder) {
  const NgramModel model = trained(license(), 3);
  EXPECT_EQ(probabilities(model, "the"), probabilities(model, "he"));
  EXPECT_NE(probabilities(model, "he"), probabilities(model, "e"));
}

TEST(Ngram, TreatsBytesAsUnsignedClasses) {
  const NgramModel model = trained("\xff\x80\xff\x80\xff", 8);
  const Probabilities p = probabilities(model, "\xff\x80");
  EXPECT_EQ(std::ranges::max_element(p) - p.begin(), 0xff);
  const Probabilities after = probabilities(model, "\x80\xff");
  EXPECT_EQ(std::ranges::max_element(after) - after.begin(), 0x80);
}

TEST(Ngram, DependsOnTextAndOrderAlone) {
  const std::string text = license();
  const std::string copy = text;
  const NgramModel one = trained(text, 5);
  const NgramModel two = trained(copy, 5);
  EXPECT_EQ(rows_of(one, text, 0, 500).logits, rows_of(two, copy, 0, 500).logits);
}

TEST(Ngram, GivesFiniteLogitsThatAreTheLogarithmsOfTheProbabilities) {
  // 2^-24 |ln p| for rounding to binary32, none of the results being subnormal (ln p is 0 or at most -2^-53);
  // 2^-50 leaves four binary64 ulp for each of the two logarithms.
  for (const std::string& text : {license(), std::string(5000, 'a')}) {
    const NgramModel model = trained(text, kMaxNgramOrder);
    for (std::size_t end = 0; end <= text.size(); end += 101) {
      const std::string_view context = std::string_view(text).substr(0, end);
      const Probabilities p = probabilities(model, context);
      std::array<float, kByteClasses> x;
      model.logits(context, x);
      for (std::size_t c = 0; c < kByteClasses; ++c) {
        const double expected = std::log(p[c]);
        ASSERT_TRUE(std::isfinite(x[c]) && x[c] <= 0);
        ASSERT_LE(std::abs(double{x[c]} - expected), (0x1p-24 + 0x1p-50) * std::abs(expected));
      }
    }
  }
}

TEST(Ngram, BecomesCertainOfARepeatedByte) {
  const Probabilities p = probabilities(trained(std::string(5000, 'a'), kMaxNgramOrder), "aaaaaaa");
  // Each level divides 1 - P(a) by N + 1 > 2^12, so after four it is below 2^-48. The fifth computes N + P(a)
  // with N > 2^12, where half an ulp is at least 2^-41: it rounds to N + 1, and p['a'] to 1.
  EXPECT_EQ(p['a'], 1.0);
  EXPECT_GT(p['b'], 0.0);
}

TEST(Ngram, PredictsRealTextBetterWithMoreContext) {
  const std::string text = license();
  const auto parts = split(text);
  ASSERT_TRUE(parts.has_value());
  double previous = std::log(256.0);  // the loss of the uniform distribution
  for (int order = 1; order <= 4; ++order) {
    const NgramModel model = trained(parts->train, order);
    double sum = 0;
    for (std::size_t i = parts->train.size(); i < text.size(); ++i) {
      sum -= std::log(probability(model, std::string_view(text).substr(0, i), text[i]));
    }
    const double loss = sum / static_cast<double>(parts->test.size());
    EXPECT_LT(loss, previous) << "order " << order;
    previous = loss;
  }
}

TEST(Ngram, RefusesAnOrderOutsideOneToEight) {
  for (const int order : {-1, 0, 9, 1 << 30}) {
    const auto model = NgramModel::train("text", order);
    ASSERT_FALSE(model.has_value());
    EXPECT_NE(model.error().message.find("order"), std::string::npos) << model.error().message;
    EXPECT_NE(model.error().message.find(std::to_string(order)), std::string::npos) << model.error().message;
  }
}

TEST(NgramSplit, KeepsTheTextAndAtLeastNineTenthsForTraining) {
  const std::string text = license();
  for (std::size_t size = 10; size <= 200; ++size) {
    const auto parts = split(std::string_view(text).substr(0, size));
    ASSERT_TRUE(parts.has_value());
    EXPECT_EQ(std::string(parts->train) + std::string(parts->test), text.substr(0, size));
    EXPECT_GE(10 * parts->train.size(), 9 * size);
    EXPECT_FALSE(parts->test.empty());
  }
}

TEST(NgramSplit, RefusesATextWithoutATenth) {
  for (const std::string_view text : {"", "a", "ninebytes"}) {
    const auto parts = split(text);
    ASSERT_FALSE(parts.has_value());
    EXPECT_NE(parts.error().message.find("text"), std::string::npos) << parts.error().message;
  }
}

TEST(NgramRows, AreTheBytesOfTheTextEachWithTheLogitsOfItsContext) {
  const std::string text = random_text(50, 3);
  const NgramModel model = trained(text, 3);
  const LanguageModelRows rows = rows_of(model, text, 20, 10);
  ASSERT_EQ(rows.rows, 10);
  ASSERT_EQ(rows.logits.size(), 10 * kByteClasses);
  ASSERT_EQ(rows.targets.size(), 10u);
  for (std::size_t r = 0; r < 10; ++r) {
    std::array<float, kByteClasses> x;
    model.logits(std::string_view(text).substr(0, 20 + r), x);
    EXPECT_TRUE(std::equal(x.begin(), x.end(), rows.logits.data() + r * kByteClasses)) << "row " << r;
    EXPECT_EQ(rows.targets[r], static_cast<unsigned char>(text[20 + r]));
  }
}

TEST(NgramRows, AreTheSameInChunksAsAtOnceAndEndWithTheText) {
  const std::string text = license().substr(0, 1000);
  const NgramModel model = trained(text, 4);
  const LanguageModelRows whole = rows_of(model, text, 0, 1 << 30);
  ASSERT_EQ(whole.rows, 1000);
  LanguageModelRows chunks;
  for (;;) {
    const LanguageModelRows chunk = rows_of(model, text, chunks.rows, 77);
    if (chunk.rows == 0) break;
    chunks.logits.insert(chunks.logits.end(), chunk.logits.begin(), chunk.logits.end());
    chunks.targets.insert(chunks.targets.end(), chunk.targets.begin(), chunk.targets.end());
    chunks.rows += chunk.rows;
  }
  EXPECT_EQ(chunks.logits, whole.logits);
  EXPECT_EQ(chunks.targets, whole.targets);
}

}  // namespace
}  // namespace xent::properties
