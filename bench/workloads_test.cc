#include "bench/workloads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

namespace xent::bench {
namespace {

const reference::Format& kBinary32 = reference::format(XENT_BINARY32);

// Every shape of the catalogue with few rows, and some that fill no tile.
std::vector<Shape> few_rows() {
  std::vector<Shape> all = {{3, 1, true}, {40, 255, true}, {40, 256, true}, {40, 257, true}, {40, 513, true}};
  for (const Shape& shape : shapes()) all.push_back({8, shape.classes, true});
  return all;
}

TEST(Workloads, LogitsAreFiniteAndTargetsValid) {
  for (const Shape& shape : few_rows()) {
    const Workload workload(shape, kBinary32, 1);
    ASSERT_EQ(workload.logits().size(), static_cast<std::size_t>(shape.elements()));
    ASSERT_EQ(workload.targets().size(), static_cast<std::size_t>(shape.rows));
    for (const float x : workload.logits()) ASSERT_TRUE(std::isfinite(x)) << shape.name();
    for (const std::int64_t t : workload.targets()) {
      ASSERT_GE(t, 0) << shape.name();
      ASSERT_LT(t, shape.classes) << shape.name();
    }
  }
}

TEST(Workloads, SameSeedSameBits) {
  for (const Shape& shape : few_rows()) {
    const Workload a(shape, kBinary32, 5);
    const Workload b(shape, kBinary32, 5);
    const auto bits = [](float x) { return std::bit_cast<std::uint32_t>(x); };
    EXPECT_TRUE(std::ranges::equal(a.logits(), b.logits(), {}, bits, bits)) << shape.name();
    EXPECT_TRUE(std::ranges::equal(a.targets(), b.targets())) << shape.name();
  }
}

TEST(Workloads, OtherSeedOtherLogits) {
  const Workload a({4, 1000, true}, kBinary32, 1);
  const Workload b({4, 1000, true}, kBinary32, 2);
  EXPECT_FALSE(std::ranges::equal(a.logits(), b.logits()));
}

TEST(Workloads, BufferIsAlignedForAnyVector) {
  const Workload workload({4, 10, true}, kBinary32, 1);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(workload.logits().data()) % 64, 0u);
}

// The model's probabilities times the weights sum to 1 - 1 / (tiles + 1) or, if the last tile is cut, not
// much less; the noise multiplies each by e^-1 .. e, and rounding by less than that leaves room for.
TEST(Workloads, RowsAreNearlyNormalised) {
  const Workload workload({32, 50257, true}, kBinary32, 1);
  for (std::size_t r = 0; r < 32; ++r) {
    const auto row = workload.logits().subspan(r * 50257, 50257);
    const double sum = std::accumulate(row.begin(), row.end(), 0.0,
                                       [](double s, float x) { return s + std::exp(double{x}); });
    EXPECT_GT(sum, std::exp(-1) / 2);
    EXPECT_LT(sum, std::exp(1));
  }
}

TEST(Workloads, ProblemPointsIntoTheBuffers) {
  const Workload workload({4, 10, true}, kBinary32, 1);
  const xent_problem problem = workload.problem(*find_operation("forward"), 2);
  EXPECT_EQ(problem.struct_size, sizeof problem);
  EXPECT_EQ(problem.input.data, workload.logits().data());
  EXPECT_EQ(problem.input.format, XENT_BINARY32);
  EXPECT_EQ(problem.input.row_stride, 10);
  EXPECT_EQ(problem.targets.data, workload.targets().data());
  EXPECT_EQ(problem.threads, 2);
}

// Labels of binary32 lie below 1 and sum to 1: each is rounded once in the division and once more to
// binary32, of numbers that sum to at most as much.
TEST(Workloads, SoftLabelsAreDistributionsBesideTheSameLogits) {
  for (const Shape& shape : few_rows()) {
    const Workload hard(shape, kBinary32, 5);
    const Workload soft(shape, kBinary32, 5, Labels::hard_and_soft);
    EXPECT_TRUE(std::ranges::equal(hard.words(), soft.words())) << shape.name();
    EXPECT_TRUE(std::ranges::equal(hard.targets(), soft.targets())) << shape.name();
    ASSERT_EQ(soft.label_words().size(), soft.words().size());
    const auto* labels = static_cast<const float*>(soft.soft_labels().data);
    EXPECT_EQ(soft.label_words().data(), soft.soft_labels().data);
    for (std::int64_t row = 0; row < shape.rows; ++row, labels += shape.classes) {
      double sum = 0;
      for (std::int64_t c = 0; c < shape.classes; ++c) {
        ASSERT_GE(labels[c], 0);
        ASSERT_LE(labels[c], 1);
        sum += labels[c];
      }
      EXPECT_NEAR(sum, 1, 0x1p-23) << shape.name() << " row " << row;
    }
  }
}

TEST(Workloads, SoftLabelsAreNotTheSoftmaxOfTheLogits) {
  const Workload workload({1, 1000, true}, kBinary32, 1, Labels::hard_and_soft);
  const auto* labels = static_cast<const float*>(workload.soft_labels().data);
  double sum = 0;
  for (const float x : workload.logits()) sum += std::exp(double{x});
  double distance = 0;
  for (std::size_t c = 0; c < 1000; ++c)
    distance += std::abs(std::exp(workload.logits()[c]) / sum - labels[c]);
  EXPECT_GT(distance, 0x1p-4);
}

TEST(Workloads, EveryFourthRowIsIgnoredWhereThatIsAskedFor) {
  const Workload workload({10, 3, true}, kBinary32, 1);
  const auto* targets = static_cast<const std::int64_t*>(workload.target_tensor_with_ignored().data);
  for (std::size_t row = 0; row < 10; ++row)
    EXPECT_EQ(targets[row], row == 3 || row == 7 ? kIgnored : workload.targets()[row]) << row;
  EXPECT_EQ(workload.words_of_valid_rows().data(), workload.words().data());
  EXPECT_EQ(workload.words_of_valid_rows().size(), 8u * 3);
  const Workload narrow({10, 3, true}, reference::format(XENT_BFLOAT16), 1);
  EXPECT_EQ(narrow.words_of_valid_rows().size(), 4u * 3);
}

TEST(Workloads, ClassWeightsAreInBinary64OnlyForLogitsOfBinary64) {
  for (const std::string& name : input_formats()) {
    const Workload workload({1, 9, true}, *reference::find_format(name), 1);
    const xent_tensor weights = workload.class_weights();
    EXPECT_EQ(weights.class_stride, 1);
    for (std::int64_t c = 0; c < 9; ++c) {
      if (name == "binary64") {
        ASSERT_EQ(weights.format, XENT_BINARY64);
        EXPECT_EQ(static_cast<const double*>(weights.data)[c], class_weight(c));
      } else {
        ASSERT_EQ(weights.format, XENT_BINARY32);
        EXPECT_EQ(static_cast<const float*>(weights.data)[c], class_weight(c));
      }
    }
  }
}

// Row by row, each number is the binary32 one rounded to nearest: no number of the format lies nearer.
TEST(Workloads, OtherFormatsHoldTheSameLogitsRounded) {
  const Shape shape = {3, 257, false};  // an odd number of elements: the last word is half full
  const Workload wide(shape, kBinary32, 4);
  for (const std::string& name : input_formats()) {
    const reference::Format& format = *reference::find_format(name);
    const Workload workload(shape, format, 4);
    EXPECT_TRUE(std::ranges::equal(workload.targets(), wide.targets())) << name;
    EXPECT_EQ(workload.problem(*find_operation("forward"), 1).input.format, format.id);
    const auto size = static_cast<std::size_t>(format.width / 8);
    ASSERT_EQ(workload.words().size(), (771 * size + 3) / 4) << name;
    const auto* bytes = reinterpret_cast<const unsigned char*>(workload.words().data());
    for (std::size_t i = 0; i < wide.logits().size(); ++i) {
      reference::Bits bits = 0;
      std::memcpy(&bits, bytes + i * size, size);
      const double x = wide.logits()[i];
      const double error = std::abs(reference::decode(format, bits) - x);
      ASSERT_LE(error, std::abs(x) * format.unit_roundoff()) << name << " " << x;
      ASSERT_LE(error, std::abs(reference::decode(format, bits + 1) - x)) << name << " " << x;
      ASSERT_LE(error, std::abs(reference::decode(format, bits - 1) - x)) << name << " " << x;
    }
  }
}

TEST(Workloads, AnyShapeCanBeNamed) {
  for (const Shape& shape : shapes()) {
    const auto parsed = parse_shape(shape.name());
    ASSERT_TRUE(parsed) << shape.name();
    EXPECT_EQ(parsed->quick, shape.quick);
  }
  const auto other = parse_shape("3x17");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->rows, 3);
  EXPECT_EQ(other->classes, 17);
}

TEST(Workloads, NoShapeIsAskedForThatDoesNotExist) {
  for (const char* text : {"", "x", "3", "3x", "x3", "0x3", "3x0", "-3x3", "3x3x3", "3 x3", "1x1073741825",
                           "3037000500x3037000500", "99999999999999999999x1"}) {
    const auto shape = parse_shape(text);
    ASSERT_FALSE(shape) << text;
    EXPECT_NE(shape.error().message.find("'" + std::string(text) + "'"), std::string::npos);
    EXPECT_NE(shape.error().message.find("ROWSxCLASSES"), std::string::npos);
  }
}

}  // namespace
}  // namespace xent::bench
