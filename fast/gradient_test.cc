// The gradient by the logits: (p_i - [i = t]) times what upstream, reduction and base make of it.
#include <cmath>
#include <cstring>
#include <utility>

#include "fast/element.h"
#include "fast/row_parts.h"
#include "fast/testing.h"

namespace xent::fast {
namespace {

// A question that asks for the gradient as well.
struct GradientQuestion : Question {
  std::vector<float> gradient;

  GradientQuestion(std::vector<float> x, std::vector<int64_t> t) : Question(std::move(x), std::move(t)) {
    gradient.assign(std::max<size_t>(logits.size(), 1), -7.0f);
    result.grad = {gradient.data(), XENT_BINARY32, problem.classes, 1};
  }
};

// One entry and its bound, kernel.h; formula: e^(x_i - lse), and for the target -(sum of the others).
Truth true_entry(const std::vector<float>& x, int64_t target, int64_t i, long double scale) {
  if (x[static_cast<size_t>(i)] == -kInf) return {0, 0};
  const long double max = *std::max_element(x.begin(), x.end());
  long double all = 0;
  long double others = 0;
  for (size_t c = 0; c < x.size(); ++c) {
    const long double term = std::exp(x[c] - max);
    all += term;
    if (static_cast<int64_t>(c) != target) others += term;
  }
  const long double lowest = 0x1p-126L * std::fabs(scale);
  if (i == target) {
    const long double entry = -others / all * scale;
    return {entry, (kSumError + 1.001L) * kU * std::fabs(entry) + 0x1p-149L};
  }
  const long double d = max - x[static_cast<size_t>(i)];
  const long double entry = std::exp(-d) / all * scale;
  // Each exponential is relative to a reference within ln 2 of the others' largest or log-sum-exp.
  const long double distance = d + std::log(static_cast<long double>(x.size())) + 0.7L;
  const double e =
      std::max(kPowersError + kPowersErrorPerNat * static_cast<double>(distance), kFractionError);
  return {entry, (kSumError + e + 3.001L) * kU * std::fabs(entry) + lowest};
}

void expect_entries(const std::vector<float>& x, int64_t target, const float* gradient, long double scale) {
  for (size_t i = 0; i < x.size(); ++i) {
    const Truth expected = true_entry(x, target, static_cast<int64_t>(i), scale);
    ASSERT_LE(std::fabs(gradient[i] - expected.loss), expected.bound)
        << "class " << i << " of " << x.size() << ", target " << target << ": " << gradient[i]
        << " instead of " << static_cast<double>(expected.loss);
  }
}

TEST(Gradient, IsWithinItsBoundForEveryNumberOfClasses) {
  for (int64_t classes = 1; classes <= 1100; classes += classes < 140 ? 1 : 97) {
    const auto x = random_logits(classes, 3, static_cast<uint32_t>(classes));
    for_each_target([&] {
      for (const int64_t target : {int64_t{0}, classes / 2, classes - 1}) {
        GradientQuestion question(x, {target});
        ASSERT_EQ(question.ask(), XENT_OK);
        expect_entries(x, target, question.gradient.data(), 1);
        EXPECT_EQ(question.losses[0], ask_row(x, target));
      }
    });
  }
}

TEST(Gradient, TargetEntryKeepsItsRelativeAccuracy) {
  for (const int gap : {1, 10, 20, 50, 80, 100}) {
    std::vector<float> x = random_logits(70, 1, 3);
    x[5] = 4.0f + static_cast<float>(gap);
    for_each_target([&] {
      GradientQuestion question(x, {5});
      ASSERT_EQ(question.ask(), XENT_OK);
      expect_entries(x, 5, question.gradient.data(), 1);
    });
  }
}

// Down to entries that are no normal numbers, for factors within and beyond what powers are scaled by, and
// for references up to and beyond those that powers can be relative to.
TEST(Gradient, EntriesOfEverySizeForFactorsOfEverySize) {
  for (const float offset : {0.0f, 79.5f, -79.5f, 90.0f, -90.0f, 96.5f, -96.5f}) {
    std::vector<float> x;
    for (int i = 0; i < 300; ++i)
      x.push_back(i % 17 == 3 ? -kInf : offset + static_cast<float>(i % 250) * -0.53f);
    for (const double upstream :
         {1.0, -1.0, -0x1.fp-10, 0x1p-60, 0x1p-99, 0x1.8p-101, 0x1.2p-120, 0x1p99, 0x1.8p101, -0x1.fp126}) {
      for_each_target([&] {
        GradientQuestion question(x, {200});
        question.problem.upstream = {&upstream, XENT_BINARY64, 1, 0};
        ASSERT_EQ(question.ask(), XENT_OK);
        for (int64_t i = 0; i < 300; ++i) {
          const Truth expected = true_entry(x, 200, i, upstream);
          const float entry = question.gradient[static_cast<size_t>(i)];
          ASSERT_LE(std::fabs(entry - expected.loss), expected.bound + 0x1p-125L)
              << "class " << i << ", offset " << offset << ", upstream " << upstream << ": " << entry;
          if (x[static_cast<size_t>(i)] == -kInf) {
            EXPECT_EQ(entry, 0) << i;
          }
        }
      });
    }
  }
}

// Where rows of few classes lie one after the other, vectors hold parts of several of them.
TEST(Gradient, NeighboursDoNotChangeBits) {
  constexpr double kUpstream[] = {1, 1, -0.5, 0x1p-70, 0x1p-95, 0x1p95, 0};
  for (const int64_t classes : {1, 2, 3, 5, 10, 33, 64, 100, 128, 129}) {
    for (const auto& kinds : kRowKindSets) {
      const MixedRows mixed = mixed_rows(70, classes, kinds);
      for (const size_t factors : {1, 3, 7}) {
        std::vector<double> upstream;
        for (size_t r = 0; r < mixed.targets.size(); ++r)
          upstream.push_back(kUpstream[(r + r / 5) % factors]);
        for_each_target([&] {
          GradientQuestion together(mixed.logits, mixed.targets);
          together.problem.upstream = {upstream.data(), XENT_BINARY64, 1, 0};
          ASSERT_EQ(together.ask(), XENT_OK);
          GradientQuestion in_place(mixed.logits, mixed.targets);
          in_place.problem.upstream = together.problem.upstream;
          in_place.result.grad.data = in_place.logits.data();
          ASSERT_EQ(in_place.ask(), XENT_OK);
          for (size_t r = 0; r < mixed.targets.size(); ++r) {
            GradientQuestion alone(mixed.row(r), {mixed.targets[r]});
            alone.problem.upstream = {&upstream[r], XENT_BINARY64, 1, 0};
            ASSERT_EQ(alone.ask(), XENT_OK);
            for (size_t c = 0; c < alone.gradient.size(); ++c) {
              const size_t i = r * alone.gradient.size() + c;
              ASSERT_TRUE(are_same(alone.gradient[c], together.gradient[i]) &&
                          are_same(alone.gradient[c], in_place.logits[i]))
                  << classes << ", row " << r << ", class " << c << ": " << alone.gradient[c] << " "
                  << together.gradient[i] << " " << in_place.logits[i];
            }
          }
        });
      }
    }
  }
}

// Whatever their logits are, beside rows that have one: infinite powers above all, and what is no number.
TEST(Gradient, ShortRowsWithoutGradientHaveZeros) {
  constexpr size_t kRows = 32;
  constexpr size_t kClasses = 10;
  for (const float of_others : {0.0f, 60.0f, 95.0f, 100.0f, 108.0f, 200.0f, -100.0f, -kInf, kInf, kNaN}) {
    auto x = random_logits(kRows * kClasses, 1, 4);
    std::vector<int64_t> targets(kRows, 3);
    std::vector<double> upstream(kRows, 1);
    for (size_t r = 1; r < kRows; r += 3) {
      for (size_t c = 0; c < kClasses; ++c) x[r * kClasses + c] += of_others;
      // A row that has no number for a loss has none for a gradient, unless it is ignored.
      if (r % 2 == 0 && std::isfinite(of_others)) {
        upstream[r] = 0;
      } else {
        targets[r] = -100;
      }
    }
    for_each_target([&] {
      GradientQuestion question(x, targets);
      question.problem.has_ignore_index = 1;
      question.problem.ignore_index = -100;
      question.problem.upstream = {upstream.data(), XENT_BINARY64, 1, 0};
      ASSERT_EQ(question.ask(), XENT_OK);
      for (size_t r = 0; r < kRows; ++r) {
        const std::vector<float> row(x.begin() + static_cast<std::ptrdiff_t>(r * kClasses),
                                     x.begin() + static_cast<std::ptrdiff_t>((r + 1) * kClasses));
        const float* const gradient = question.gradient.data() + r * kClasses;
        if (r % 3 != 1) {
          expect_entries(row, 3, gradient, 1);
        } else {
          for (size_t c = 0; c < kClasses; ++c) ASSERT_EQ(gradient[c], 0) << of_others << ", row " << r;
        }
      }
    });
  }
}

TEST(Gradient, PaddingOfShortRowsIsNeitherReadNorWritten) {
  constexpr int64_t kRows = 40;
  for (const int64_t classes : {3, 10, 64}) {
    const MixedRows mixed = mixed_rows(kRows, classes, {0, 1, 2});
    const auto padded = [&](const std::vector<float>& dense, int64_t stride, float padding) {
      std::vector<float> all(static_cast<size_t>(kRows * stride), padding);
      for (int64_t r = 0; r < kRows; ++r)
        std::copy_n(dense.begin() + r * classes, classes, all.begin() + r * stride);
      return all;
    };
    for_each_target([&] {
      GradientQuestion dense(mixed.logits, mixed.targets);
      ASSERT_EQ(dense.ask(), XENT_OK);
      for (const int64_t of_logits : {classes, classes + 3}) {
        for (const int64_t of_gradient : {classes, classes + 5}) {
          // What would be a logit as good as any.
          const std::vector<float> x = padded(mixed.logits, of_logits, 1);
          std::vector<float> gradient(static_cast<size_t>(kRows * of_gradient), kNaN);
          GradientQuestion question = dense;
          question.problem.input = {x.data(), XENT_BINARY32, of_logits, 1};
          question.result.grad = {gradient.data(), XENT_BINARY32, of_gradient, 1};
          ASSERT_EQ(question.ask(), XENT_OK);
          const std::vector<float> expected = padded(dense.gradient, of_gradient, kNaN);
          for (size_t i = 0; i < gradient.size(); ++i)
            ASSERT_TRUE(are_same(gradient[i], expected[i])) << classes << " " << of_logits << " " << i;
        }
      }
    });
  }
}

// So far below that what 2^n is looked up by wraps around.
TEST(Gradient, LogitsFarBelowHaveNone) {
  for (const float lowest : {-1.82e5f, -4.545e5f, -5.455e5f, -1e8f, -3e38f}) {
    std::vector<float> x(4096);
    // Neighbours of these, or every eighth.
    for (size_t i = 2; i < x.size(); ++i) x[i] = lowest + static_cast<float>(i) * 0.125f;
    for_each_target([&] {
      GradientQuestion question(x, {0});
      ASSERT_EQ(question.ask(), XENT_OK);
      for (size_t i = 2; i < x.size(); ++i) ASSERT_EQ(question.gradient[i], 0) << x[i];
    });
  }
}

TEST(Gradient, FarFromZeroAndNearTheLimitOfReduction) {
  for (const float offset : {255.5f, 256.0f, 256.4f, 257.0f, -255.9f, -256.2f, 1e4f, -1e6f, 3e38f}) {
    auto x = random_logits(80, 2, 9);
    for (float& logit : x) logit = offset + std::round(logit * 8) / 8;
    for_each_target([&] {
      GradientQuestion question(x, {7});
      ASSERT_EQ(question.ask(), XENT_OK);
      expect_entries(x, 7, question.gradient.data(), 1);
    });
  }
}

TEST(Gradient, LongRowsAndManyOfThem) {
  for (const int64_t classes : {5000, 70001}) {
    const int64_t rows = 20;
    const auto x = random_logits(rows * classes, 2, 4);
    std::vector<int64_t> targets;
    for (int64_t r = 0; r < rows; ++r) targets.push_back((r * 40961) % classes);
    GradientQuestion question(x, targets);
    ASSERT_EQ(question.ask(), XENT_OK);
    for (const int64_t r : {int64_t{0}, rows / 2, rows - 1}) {
      const std::vector<float> row(x.begin() + r * classes, x.begin() + (r + 1) * classes);
      const Truth of_target =
          true_entry(row, targets[static_cast<size_t>(r)], targets[static_cast<size_t>(r)], 1);
      const float* const gradient = question.gradient.data() + r * classes;
      EXPECT_LE(std::fabs(gradient[targets[static_cast<size_t>(r)]] - of_target.loss), of_target.bound);
      long double sum = 0;
      for (int64_t i = 0; i < classes; ++i) sum += gradient[i];
      // |sum p_i - 1| is at most the sum of the bounds, 9 u p_i each and more for few.
      EXPECT_LE(std::fabs(sum), 16 * kU);
    }
    std::vector<float> again(question.gradient);
    question.problem.threads = 3;
    ASSERT_EQ(question.ask(), XENT_OK);
    EXPECT_EQ(again, question.gradient);
  }
}

// So many that they are streamed past the caches, a row at each distance from where a vector may be.
TEST(Gradient, WhatIsStreamedIsTheSameForEveryPlaceOfRowAndTarget) {
  const int64_t classes = 211;
  const int64_t rows = 5000;
  const auto row = random_logits(classes, 2, 12);
  const auto repeated = [&](int64_t count) {
    std::vector<float> x;
    std::vector<int64_t> targets;
    for (int64_t r = 0; r < count; ++r) {
      x.insert(x.end(), row.begin(), row.end());
      targets.push_back(r % classes);
    }
    return GradientQuestion(x, targets);
  };
  GradientQuestion few = repeated(classes);
  GradientQuestion many = repeated(rows);
  for_each_target([&] {
    ASSERT_EQ(few.ask(), XENT_OK);
    ASSERT_EQ(many.ask(), XENT_OK);
    for (size_t i = 0; i < many.gradient.size(); ++i)
      ASSERT_EQ(many.gradient[i], few.gradient[i % few.gradient.size()]) << i;
  });
}

// temperature > 0: by the path that all options take.
void expect_same_in_place(const xent_implementation* implementation, int64_t classes, double label_smoothing,
                          double temperature = 0) {
  const auto x = random_logits(4 * classes, 3, 21);
  GradientQuestion apart(x, {0, classes / 2, classes - 1, 1});
  GradientQuestion in_place(x, {0, classes / 2, classes - 1, 1});
  float losses[4];
  for (GradientQuestion* question : {&apart, &in_place}) {
    question->problem.label_smoothing = label_smoothing;
    question->problem.z_loss = label_smoothing / 16;
    question->problem.temperature = temperature;
    question->result.loss = {losses, XENT_BINARY32, 1, 0};
  }
  in_place.result.grad.data = in_place.logits.data();
  ASSERT_EQ(apart.ask(implementation), XENT_OK);
  ASSERT_EQ(in_place.ask(implementation), XENT_OK);
  ASSERT_EQ(in_place.logits, apart.gradient) << implementation->name << " " << classes;
}

TEST(Gradient, MayTakeThePlaceOfTheLogits) {
  for (const int64_t classes : {3, 10, 70, 1100, 40000, 140000}) {
    for_each_target([&] {
      expect_same_in_place(fast_implementation(), classes, 0);
      expect_same_in_place(fast_implementation(), classes, 0.1);
      expect_same_in_place(fast_implementation(), classes, 0.1, 2);
      expect_same_in_place(correct_implementation(), classes, 0);
    });
  }
}

TEST(Gradient, OfFewLongRowsIsThatOfTheirSegments) {
  const int64_t classes = 200003;
  const auto x = random_logits(2 * classes, 2, 6);
  for (const int threads : {1, 2}) {
    GradientQuestion question(x, {150000, 3});
    question.problem.threads = threads;
    ASSERT_EQ(question.ask(), XENT_OK);
    const std::vector<float> row(x.begin() + classes, x.end());
    for (const int64_t i : {0, 3, 40000, 131071, 131072, 200002}) {
      const Truth expected = true_entry(row, 3, i, 1);
      EXPECT_LE(std::fabs(question.gradient[static_cast<size_t>(classes + i)] - expected.loss),
                expected.bound)
          << i;
    }
  }
}

TEST(Gradient, ReductionBaseAndUpstreamScaleIt) {
  const auto x = random_logits(3 * 9, 2, 8);
  const std::vector<float> row(x.begin() + 18, x.end());
  const float per_row[] = {1.0f, 5.0f, -2.5f};
  for_each_target([&] {
    GradientQuestion question(x, {2, -100, 4});
    question.problem.has_ignore_index = 1;
    question.problem.ignore_index = -100;
    question.problem.upstream = {per_row, XENT_BINARY32, 1, 0};
    ASSERT_EQ(question.ask(), XENT_OK);
    expect_entries(row, 4, question.gradient.data() + 18, -2.5L);
    for (int i = 9; i < 18; ++i) EXPECT_EQ(question.gradient[static_cast<size_t>(i)], 0);

    const double upstream = 3;
    question.problem.upstream = {&upstream, XENT_BINARY64, 0, 0};
    question.problem.reduction = XENT_SUM;
    ASSERT_EQ(question.ask(), XENT_OK);
    expect_entries(row, 4, question.gradient.data() + 18, 3);

    question.problem.reduction = XENT_MEAN;
    question.problem.base = 2;
    ASSERT_EQ(question.ask(), XENT_OK);
    expect_entries(row, 4, question.gradient.data() + 18, 1.5L / std::log(2.0L));

    question.problem.conventions.denominator = XENT_ALL_ROWS;
    question.problem.base = 0;
    ASSERT_EQ(question.ask(), XENT_OK);
    expect_entries(row, 4, question.gradient.data() + 18, 1);
  });
}

TEST(Gradient, ConventionsOfMaskedAndUndefinedRows) {
  const auto gradient_of = [](std::vector<float> x, int64_t target) {
    GradientQuestion question(std::move(x), {target});
    EXPECT_EQ(question.ask(), XENT_OK);
    return question.gradient;
  };
  for_each_target([&] {
    for (const size_t classes : {size_t{3}, size_t{70}}) {
      std::vector<float> x(classes, 0.5f);
      x[1] = -kInf;
      EXPECT_EQ(gradient_of(x, 0)[1], 0);
      // A masked target: an infinite loss, yet a finite gradient.
      EXPECT_EQ(gradient_of(x, 1)[1], 0);
      const double p = 1.0 / static_cast<double>(classes - 1);
      EXPECT_NEAR(gradient_of(x, 1)[0], p, (kSumError + kFractionError + 3) * kU * p);  // kernel.h
      std::vector<float> single(classes, -kInf);
      single[2] = 7;
      for (const float g : gradient_of(single, 2)) EXPECT_EQ(g, 0);
      EXPECT_EQ(gradient_of(single, 0)[2], 1);
      for (const float bad : {kNaN, kInf}) {
        for (const size_t where : {size_t{0}, size_t{2}, classes - 1}) {
          auto undefined = x;
          undefined[where] = bad;
          for (const float g : gradient_of(undefined, 0)) EXPECT_TRUE(std::isnan(g));
        }
      }
      for (const float g : gradient_of(std::vector<float>(classes, -kInf), 0)) EXPECT_TRUE(std::isnan(g));
    }
  });
}

TEST(Gradient, AnUndefinedFactorLeavesNothingDefined) {
  for_each_target([&] {
    for (const size_t classes : {size_t{3}, size_t{70}}) {
      for (const int64_t target : {0, 1}) {
        std::vector<float> x(classes, 0.5f);
        x[1] = -kInf;
        GradientQuestion question(std::move(x), {target});
        question.problem.upstream = {&kNaN, XENT_BINARY32, 1, 0};
        ASSERT_EQ(question.ask(), XENT_OK);
        for (const float g : question.gradient) EXPECT_TRUE(std::isnan(g)) << target;
        // A mean over weights that sum to 0.
        const float weight = 0;
        question.problem.upstream = {};
        question.problem.sample_weights = {&weight, XENT_BINARY32, 1, 0};
        question.problem.reduction = XENT_MEAN;
        question.problem.conventions.denominator = XENT_VALID_WEIGHTS;
        ASSERT_EQ(question.ask(), XENT_OK);
        for (const float g : question.gradient) EXPECT_TRUE(std::isnan(g)) << target;
      }
    }
  });
}

TEST(Gradient, OfLogSumExpIsTheSoftmax) {
  const auto x = random_logits(100, 2, 2);
  for_each_target([&] {
    GradientQuestion question(x, {0});
    question.problem.loss = "log_sum_exp";
    ASSERT_EQ(question.ask(), XENT_OK);
    expect_entries(x, -1, question.gradient.data(), 1);
  });
}

TEST(Gradient, NarrowFormatsRoundTheSameNumbers) {
  for (const int64_t classes : {3, 16, 100, 700}) {
    const auto x = random_logits(2 * classes, 2, 7);
    for_each_target([&] {
      GradientQuestion wide(x, {1, classes - 1});
      ASSERT_EQ(wide.ask(), XENT_OK);
      for (const xent_format format : {XENT_BINARY16, XENT_BFLOAT16}) {
        GradientQuestion narrow(x, {1, classes - 1});
        std::vector<uint16_t> bits(x.size(), 0xdead);
        narrow.result.grad = {bits.data(), format, classes, 1};
        ASSERT_EQ(narrow.ask(), XENT_OK);
        for (size_t i = 0; i < x.size(); ++i) {
          const float g = wide.gradient[i];
          const uint16_t expected = format == XENT_BINARY16 ? rounded_to_binary16(static_cast<double>(g)).bits
                                                            : rounded_to_bfloat16(g).bits;
          ASSERT_EQ(bits[i], expected) << g;
        }
      }
    });
  }
}

TEST(Gradient, PaddingAndThePageBeyondAreNotTouched) {
  const GuardedPages pages;
  for (int64_t classes = 1; classes <= 700; classes += classes < 100 ? 1 : 67) {
    const auto x = random_logits(2 * classes, 1, 1);
    const int64_t stride = classes + 3;
    const size_t size = static_cast<size_t>(stride + classes) * sizeof(float);
    for (char* const place : {pages.begin(), pages.end() - size}) {
      for_each_target([&] {
        std::memset(pages.begin(), 0x55, pages.size());
        GradientQuestion question(x, {0, classes - 1});
        question.result.grad = {place, XENT_BINARY32, stride, 1};
        ASSERT_EQ(question.ask(), XENT_OK);
        for (size_t i = 0; i < 3 * sizeof(float); ++i)
          ASSERT_EQ(place[static_cast<size_t>(classes) * sizeof(float) + i], 0x55);
      });
    }
  }
}

TEST(Gradient, WhatHasNoPlaceForEveryElementIsRefused) {
  GradientQuestion question(random_logits(6, 1, 1), {0, 1});
  question.result.grad.row_stride = 0;
  EXPECT_EQ(question.ask(), XENT_INVALID);
  question.result.grad.row_stride = 3;
  question.result.grad.class_stride = 0;
  EXPECT_EQ(question.ask(), XENT_INVALID);
  question.result.grad.class_stride = std::numeric_limits<int64_t>::max() / 2;
  EXPECT_EQ(question.ask(), XENT_INVALID);
  question.result.grad = {question.gradient.data(), XENT_INT32, 3, 1};
  EXPECT_EQ(question.ask(), XENT_UNSUPPORTED);
  question.result.grad.format = XENT_BINARY32;
  question.problem.upstream = {question.gradient.data(), XENT_INT32, 1, 0};
  EXPECT_EQ(question.ask(), XENT_UNSUPPORTED);
  for (const float g : question.gradient) EXPECT_EQ(g, -7);
}

// Whole batches of rows, and few that are cut along their classes, past the caches and at any place.
TEST(Gradient, OfIgnoredRowsIsZeroWhereItIsStreamed) {
  constexpr int64_t kPadding = 5;
  const std::pair<int64_t, int64_t> shapes[] = {{70, 16003}, {2, 600001}};
  for (const auto& [rows, classes] : shapes) {
    std::vector<int64_t> targets;
    for (int64_t r = 0; r < rows; ++r) targets.push_back(r % 2 == 0 ? r : -100);
    Question question(random_logits(rows * classes, 1, 31), targets);
    const int64_t stride = classes + kPadding;
    std::vector<float> gradient(static_cast<size_t>(rows * stride), 7);
    question.problem.has_ignore_index = 1;
    question.problem.ignore_index = -100;
    question.result.grad = {gradient.data(), XENT_BINARY32, stride, 1};
    ASSERT_TRUE(is_streamed(question.problem));
    ASSERT_EQ(question.ask(), XENT_OK);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < stride; ++c) {
        const float entry = gradient[static_cast<size_t>(r * stride + c)];
        const bool is_padding = c >= classes;
        if (is_padding || r % 2 != 0) {
          ASSERT_EQ(entry, is_padding ? 7 : 0) << r << ' ' << c;
        }
      }
    }
  }
}

}  // namespace
}  // namespace xent::fast
