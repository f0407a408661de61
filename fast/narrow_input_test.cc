// Logits of 16 bits: the same bits of the result as from the same numbers in binary32.
#include <cmath>
#include <cstring>

#include "fast/element.h"
#include "fast/testing.h"

namespace xent::fast {
namespace {

constexpr xent_format kFormats[] = {XENT_BINARY16, XENT_BFLOAT16};

float number(xent_format format, uint16_t bits) {
  return static_cast<float>(format == XENT_BINARY16 ? to_double(hwy::float16_t{bits})
                                                    : to_double(hwy::bfloat16_t{bits}));
}

// Bits of elements with logarithms spread evenly; `special` makes one in ten masked.
std::vector<uint16_t> random_bits(int64_t count, xent_format format, bool special, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<uint16_t> bits(static_cast<size_t>(count));
  // Magnitudes from 2^-6 to 16, either sign.
  const int exponent_shift = format == XENT_BINARY16 ? 10 : 7;
  const int one = format == XENT_BINARY16 ? 15 : 127;
  for (auto& b : bits) {
    const auto exponent = static_cast<int>(random() % 10) - 6 + one;
    const auto fraction = random() & ((1u << exponent_shift) - 1);
    b = static_cast<uint16_t>((random() & 1) << 15 | static_cast<unsigned>(exponent) << exponent_shift |
                              fraction);
    if (special && random() % 10 == 0) b = format == XENT_BINARY16 ? 0xfc00 : 0xff80;
  }
  return bits;
}

std::vector<float> numbers(xent_format format, const std::vector<uint16_t>& bits) {
  std::vector<float> x;
  for (const uint16_t b : bits) x.push_back(number(format, b));
  return x;
}

// Bitwise, NaN being NaN.
bool same(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) ? !std::isnan(b[i]) : std::bit_cast<uint64_t>(a[i]) != std::bit_cast<uint64_t>(b[i]))
      return false;
  }
  return true;
}

void expect_same_as_binary32(xent_format format, const std::vector<uint16_t>& bits,
                             const std::vector<int64_t>& targets) {
  for (const char* const loss : {"softmax_cross_entropy", "log_sum_exp"}) {
    Question wide(numbers(format, bits), targets);
    wide.problem.loss = loss;
    ASSERT_EQ(wide.ask(), XENT_OK);
    Question narrow(numbers(format, bits), targets);
    narrow.problem.loss = loss;
    narrow.problem.input.data = bits.data();
    narrow.problem.input.format = format;
    ASSERT_EQ(narrow.ask(), XENT_OK);
    EXPECT_TRUE(same(narrow.losses, wide.losses))
        << loss << " " << wide.problem.classes << ": " << testing::PrintToString(narrow.losses)
        << " instead of " << testing::PrintToString(wide.losses);
  }
}

TEST(NarrowInput, EveryElementIsDecodedExactly) {
  for (const xent_format format : kFormats) {
    const int precision = format == XENT_BINARY16 ? 11 : 8;
    const int bias = format == XENT_BINARY16 ? 15 : 127;
    for (uint32_t bits = 0; bits < 0x8000; ++bits) {
      const int exponent = static_cast<int>(bits >> (precision - 1));
      const auto fraction = static_cast<int>(bits & ((1u << (precision - 1)) - 1));
      const float x = number(format, static_cast<uint16_t>(bits));
      if (exponent == 2 * bias + 1) {
        EXPECT_EQ(std::isinf(x), fraction == 0);
        EXPECT_EQ(std::isnan(x), fraction != 0);
        continue;
      }
      const int leading = exponent == 0 ? 0 : 1 << (precision - 1);
      const int scale = std::max(exponent, 1) - bias - (precision - 1);
      EXPECT_EQ(x, std::ldexp(static_cast<float>(leading + fraction), scale));
      EXPECT_EQ(number(format, static_cast<uint16_t>(bits | 0x8000)), -x);
    }
  }
}

// Every element through the kernel, as a row of two classes whose other logit is 0.
TEST(NarrowInput, EveryElementGivesTheLossOfItsNumber) {
  for (const xent_format format : kFormats) {
    std::vector<uint16_t> bits;
    for (uint32_t b = 0; b < 0x10000; ++b) {
      bits.push_back(static_cast<uint16_t>(b));
      bits.push_back(0);
    }
    const std::vector<int64_t> targets(0x10000, 1);
    for_each_target([&] { expect_same_as_binary32(format, bits, targets); });
  }
}

TEST(NarrowInput, RowsOfEveryLength) {
  for (const xent_format format : kFormats) {
    for (int64_t classes = 1; classes <= 1100; classes += classes < 140 ? 1 : 41) {
      const auto bits = random_bits(3 * classes, format, classes % 2 == 0, static_cast<uint32_t>(classes));
      for_each_target([&] { expect_same_as_binary32(format, bits, {0, classes / 2, classes - 1}); });
    }
  }
}

TEST(NarrowInput, LongRowsInSegments) {
  for (const xent_format format : kFormats) {
    const int64_t classes = 70001;
    const auto bits = random_bits(2 * classes, format, false, 3);
    for_each_target([&] { expect_same_as_binary32(format, bits, {40000, classes - 1}); });
  }
}

TEST(NarrowInput, NeverTouchesThePageBeyondARow) {
  const GuardedPages pages;
  for (size_t classes = 1; classes <= 1100; classes += classes < 200 ? 1 : 53) {
    const auto bits = random_bits(static_cast<int64_t>(classes), XENT_BFLOAT16, false, 5);
    for (char* const place : {pages.begin(), pages.end() - 2 * classes}) {
      std::memcpy(place, bits.data(), 2 * classes);
      for_each_target([&] {
        Question question(std::vector<float>(classes), {static_cast<int64_t>(classes) - 1});
        question.problem.input.data = place;
        question.problem.input.format = XENT_BFLOAT16;
        ASSERT_EQ(question.ask(), XENT_OK);
      });
    }
  }
}

}  // namespace
}  // namespace xent::fast
