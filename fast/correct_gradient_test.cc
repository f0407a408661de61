// The correctly rounded gradient against MPFR, on every SIMD target.
#include "fast/correct_gradient.h"

#include <bit>
#include <boost/multiprecision/mpfr.hpp>
#include <cmath>
#include <optional>

#include "fast/full_row.h"
#include "fast/masses.h"
#include "fast/recompute.h"
#include "fast/testing.h"
#include "fast/wide_gradient.h"
#include "fast/wide_kernel.h"

namespace xent::fast {
namespace {

// 600 digits: differences of moderate floats are exact, and so is every rational that matters.
using Exact = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<600>>;

float nearest_to(const Exact& value) {
  return mpfr_get_flt(value.backend().data(), MPFR_RNDN);
}

// upstream (p_i - [i = t]) from the quotient of sums, for which nothing cancels.
std::vector<Exact> exact_gradient(const std::vector<float>& x, size_t target, float upstream) {
  const float max = *std::max_element(x.begin(), x.end());
  std::vector<Exact> terms;
  Exact others = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    terms.push_back(x[i] == -kInf ? Exact(0) : exp(Exact(x[i]) - Exact(max)));
    if (i != target) others += terms[i];
  }
  const Exact all = others + terms[target];
  std::vector<Exact> gradient;
  for (size_t i = 0; i < x.size(); ++i) {
    const Exact share = i != target ? terms[i] : x[i] == -kInf ? Exact(0) : Exact(-others);
    gradient.push_back(Exact(upstream) * share / all);
  }
  return gradient;
}

std::vector<float> true_gradient(const std::vector<float>& x, size_t target, float upstream) {
  std::vector<float> gradient;
  for (const Exact& entry : exact_gradient(x, target, upstream)) gradient.push_back(nearest_to(entry));
  return gradient;
}

struct CorrectQuestion : Question {
  std::vector<float> upstream;
  std::vector<float> rounded_losses;
  std::vector<float> gradient;

  CorrectQuestion(std::vector<float> x, std::vector<int64_t> t, float factor = 1)
      : Question(std::move(x), std::move(t)), upstream(targets.size(), factor) {
    rounded_losses.resize(targets.size());
    gradient.assign(logits.size(), -77);
    problem.upstream = {upstream.data(), XENT_BINARY32, 1, 0};
    result.loss = {rounded_losses.data(), XENT_BINARY32, 1, 0};
    result.grad = {gradient.data(), XENT_BINARY32, problem.classes, 1};
  }
};

void expect_nearest(const std::vector<float>& x, size_t target, float upstream = 1) {
  const std::vector<float> expected = true_gradient(x, target, upstream);
  for_each_target([&] {
    CorrectQuestion question(x, {static_cast<int64_t>(target)}, upstream);
    ASSERT_EQ(question.ask(correct_implementation()), XENT_OK);
    for (size_t i = 0; i < x.size(); ++i) {
      ASSERT_EQ(question.gradient[i], expected[i])
          << "class " << i << " of " << x.size() << ", target " << target << ", upstream " << upstream;
    }
  });
  // What decides the last entries decides them all.
  const RecomputedGradient recomputed(x.data(), static_cast<int64_t>(x.size()), static_cast<int64_t>(target),
                                      upstream);
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_EQ(recomputed.entry(static_cast<int64_t>(i)), expected[i]) << i << " of " << x.size();
}

TEST(CorrectGradient, EveryNumberOfClasses) {
  for (int64_t classes = 2; classes <= 700; classes += classes < 40 ? 1 : 67) {
    const auto x = random_logits(classes, 3, static_cast<uint32_t>(classes));
    for (const size_t target : {size_t{0}, x.size() / 2, x.size() - 1}) expect_nearest(x, target);
  }
}

TEST(CorrectGradient, Upstream) {
  const auto x = random_logits(50, 2, 8);
  for (const float upstream : {-1.0f, 0.37f, 3e38f, 1e-30f, -0x1p-149f, 0.0f, 1234567.0f})
    expect_nearest(x, 7, upstream);
}

TEST(CorrectGradient, ConfidentAndHopelessTargets) {
  for (const float lead : {5.0f, 40.0f, 88.0f, 103.5f, 400.0f, 1e5f}) {
    for (const float sign : {1.0f, -1.0f}) {
      auto x = random_logits(20, 1, 4);
      x[3] = sign * lead;
      expect_nearest(x, 3);
    }
  }
}

TEST(CorrectGradient, SubnormalEntries) {
  for (float d = 86; d < 106; d += 0.13f) expect_nearest({0.0f, -d, -1.5f * d, 1.0f}, 0);
}

// Found by search: 1 / (1 + e^d) is within 2e-8 ulp of the midpoint of two floats, the first within 2e-9.
TEST(CorrectGradient, EntriesThatAreHardToRound) {
  for (const float d : {0x1.2082ep-3f, 0x1.32c9ap-1f, -0x1.1bff5ep-2f, 0x1.c9bb96p+3f}) {
    for (const size_t target : {0, 1}) {
      expect_nearest({0, d}, target);
      expect_nearest({d, 0}, target);
      expect_nearest({d, 0, -kInf}, target);
    }
  }
}

// So that what decides these reads the logits again.
TEST(CorrectGradient, MayTakeThePlaceOfTheLogits) {
  for (const float d : {0x1.2082ep-3f, 0x1.32c9ap-1f, -0x1.1bff5ep-2f, 0x1.c9bb96p+3f}) {
    for (const int64_t target : {0, 1}) {
      for_each_target([&] {
        CorrectQuestion question({0, d}, {target});
        question.result.grad.data = question.logits.data();
        ASSERT_EQ(question.ask(correct_implementation()), XENT_OK);
        EXPECT_EQ(question.logits, true_gradient({0, d}, static_cast<size_t>(target), 1));
      });
    }
  }
}

TEST(CorrectGradient, InPlaceIsTheSame) {
  constexpr int64_t kRows = 70;
  for (const int64_t classes : {2, 10, 37, 300, 5000}) {
    const auto x = random_logits(kRows * classes, 3, 5);
    for_each_target([&] {
      CorrectQuestion apart(x, std::vector<int64_t>(kRows, 1));
      CorrectQuestion in_place(x, std::vector<int64_t>(kRows, 1));
      in_place.result.grad.data = in_place.logits.data();
      ASSERT_EQ(apart.ask(correct_implementation()), XENT_OK);
      ASSERT_EQ(in_place.ask(correct_implementation()), XENT_OK);
      ASSERT_EQ(in_place.logits, apart.gradient) << classes;
      ASSERT_EQ(in_place.rounded_losses, apart.rounded_losses) << classes;
    });
  }
}

// What leaves entries to double-double arithmetic: on no target may the error be larger than this.
TEST(CorrectGradient, EntriesInBinary64AreWithinTheirErrors) {
  for (int64_t classes = 2; classes <= 600; classes = classes * 3 / 2 + 1) {
    for (const float lead : {-300.0f, -5.0f, 0.0f, 5.0f, 300.0f}) {
      auto x = random_logits(classes, 3, static_cast<uint32_t>(classes));
      x[1] = lead + 0.1f;
      const std::vector<Exact> expected = exact_gradient(x, 1, 1);
      for_each_target([&] {
        CorrectQuestion question(x, {1});
        const Masses masses(question.problem);
        const FullRow row(question.problem, masses, 0, 1);
        std::vector<double> entries(x.size());
        row.write_gradient({entries.data(), XENT_BINARY64, classes, 1}, {1, 0});
        for (size_t i = 0; i < x.size(); ++i) {
          const double error = row.gradient_error(static_cast<int64_t>(i), static_cast<double>(x[i]));
          ASSERT_LE(abs(Exact(entries[i]) - expected[i]), Exact(error) * abs(expected[i])) << i;
          ASSERT_LT(error, 0x1p-43);
        }
      });
    }
  }
}

// The same for what decides most of them.
TEST(CorrectGradient, EntriesInWideLanesAreWithinTheirErrors) {
  for (const int64_t classes : {4, 10, 16, 65, 100, 513, 1100, 4097, 9000}) {
    for (const float lead : {-680.0f, -30.0f, 0.0f, 12.0f, 680.0f}) {
      auto x = random_logits(classes, 3, static_cast<uint32_t>(classes));
      const size_t target = x.size() / 2;
      x[target] = lead + 0.1f;
      x[3] = -180.5f;
      const std::vector<Exact> expected = exact_gradient(x, target, 0.37f);
      for_each_target([&] {
        const auto t = static_cast<int64_t>(target);
        Tails tails;
        const double error_of_sum = accurate_tails({x.data(), classes, classes}, &t, 1, 1, tails);
        const auto wide =
            wide_gradient({tails.max[0], tails.sum[0]}, error_of_sum, tails.target_logit[0], double{0.37f});
        ASSERT_TRUE(wide);
        std::vector<double> exps(x.size());
        wide_exp_each(x.data(), classes, wide->entries.max, exps.data());
        for (size_t i = 0; i < x.size(); ++i) {
          const double distance = wide->entries.max - static_cast<double>(x[i]);
          const bool is_target = i == target;
          const double error =
              is_target ? wide->target_error : wide->entries.error + wide->entries.error_per_nat * distance;
          const Exact entry = is_target ? Exact(wide->target_entry) : Exact(exps[i]) * wide->entries.factor;
          ASSERT_LE(abs(entry - expected[i]), Exact(error) * abs(expected[i])) << i << " of " << classes;
          ASSERT_LT(error, 0x1p-41) << i << " of " << classes;
        }
      });
    }
  }
}

// Rows of every kind: transposed ones, whole ones and those cut into parts.
TEST(CorrectGradient, SumsInWideLanesAreWithinTheirErrors) {
  for (const int64_t classes : {2, 16, 65, 128, 129, 700, 4096, 4097, 20000}) {
    constexpr int64_t kRows = 3;
    const auto x = random_logits(kRows * classes, 4, 11);
    const int64_t targets[kRows] = {0, classes / 2, kIgnored};
    Exact sums[kRows] = {0, 0, 0};
    for (int64_t r = 0; r < 2; ++r) {
      const float* const row = x.data() + r * classes;
      for (int64_t c = 0; c < classes; ++c) sums[r] += c == targets[r] ? Exact(0) : exp(Exact(row[c]));
    }
    for_each_target([&] {
      Tails tails;
      const double error = accurate_tails({x.data(), classes, classes}, targets, kRows, 1, tails);
      for (int64_t r = 0; r < 2; ++r) {
        const Exact sum = exp(Exact(tails.max[r])) * Exact(tails.sum[r]);
        ASSERT_LE(abs(sum - sums[r]), Exact(error) * sums[r]) << classes;
        ASSERT_EQ(tails.target_logit[r],
                  static_cast<double>(x[static_cast<size_t>(r * classes + targets[r])]));
      }
      ASSERT_LT(error, 0x1p-43);
    });
  }
}

// One entry, in each place of a vector, near the midpoint of 1 and the next float.
TEST(CorrectGradient, EntriesAreOpenAsFarAsTheirErrorReaches) {
  constexpr int64_t kClasses = 37;
  constexpr double kMidpoint = 1 + 0x1p-24;
  const auto rounded_entry = [&](int64_t place, double factor, WideEntries entries) -> std::optional<float> {
    std::vector<float> x(kClasses, -kInf);
    std::vector<float> out(kClasses, -7);
    int64_t open[kClasses];
    x[static_cast<size_t>(place)] = -10;
    entries.factor = factor * std::exp(10);
    const int64_t count = wide_entries(x.data(), kClasses, entries, out.data(), open);
    for (int64_t i = 0; i < kClasses; ++i) EXPECT_TRUE(i == place || out[static_cast<size_t>(i)] == 0) << i;
    if (count == 0) return out[static_cast<size_t>(place)];
    EXPECT_EQ(count, 1);
    EXPECT_EQ(open[0], place);
    return std::nullopt;
  };
  for_each_target([&] {
    for (int64_t place = 0; place < kClasses; ++place) {
      for (const WideEntries& entries :
           {WideEntries{0, 0, 0x1p-40, 0}, WideEntries{0, 0, 0, 0.1 * 0x1p-40}}) {
        EXPECT_EQ(rounded_entry(place, kMidpoint * (1 - 0x1.2p-40), entries), 1.0f);
        EXPECT_EQ(rounded_entry(place, kMidpoint * (1 - 0x1.cp-41), entries), std::nullopt);
        EXPECT_EQ(rounded_entry(place, kMidpoint * (1 + 0x1.cp-41), entries), std::nullopt);
        EXPECT_EQ(rounded_entry(place, kMidpoint * (1 + 0x1.2p-40), entries), 1 + 0x1p-23f);
      }
    }
  });
}

// Rational, and with an upstream gradient even halfway between two floats.
TEST(CorrectGradient, EqualLogits) {
  for (const size_t classes : {2, 3, 4, 5, 8, 12, 64, 100, 513}) {
    const std::vector<float> x(classes, -12.25f);
    for (const float upstream :
         {1.0f, -3.0f, 0x1.fffffep0f, 0x1.000002p0f, 0x1.555556p3f, 0x1p-149f, 0x3p-149f})
      expect_nearest(x, 1, upstream);
  }
  // Beside masked classes, and with a masked target.
  expect_nearest({-kInf, 2, 2, -kInf, 2, 2}, 1, 0x1.fffffep0f);
  expect_nearest({-kInf, 2, 2, -kInf, 2, 2}, 0, 0x3p-149f);
}

// Next to a rational that is halfway between two floats, by far less than double-double arithmetic resolves.
TEST(CorrectGradient, NearlyEqualLogits) {
  for (const float tiny : {0x1p-149f, 0x1p-126f, 0x1p-90f, 0x1p-46f}) {
    for (const float upstream : {1.0f, 0x1.fffffep0f, 0x1.000002p0f, 0x1.555556p3f, -0x1.b47eaap+0f}) {
      for (const float other : {0.0f, -tiny, -2 * tiny, -100.0f, -800.0f, -kInf}) {
        for (const size_t target : {0, 1, 3}) {
          expect_nearest({0, tiny, other, 0}, target, upstream);
          expect_nearest({tiny, -tiny, 0, 0, other, 0, 0, 0}, target, upstream);
        }
      }
    }
  }
  // Three quarters of these are midpoints, next to an even float and to an odd one. The linear terms cancel,
  // or leave so little that it takes all bits of the differences.
  for (const float upstream : {0x1.000002p0f, 0x1.000006p0f, -0x1.00000ap0f}) {
    for (const float d : {0x1p-44f, 0x1p-47f, 0x1p-60f, 0x1p-80f}) {
      for (const float rest : {0.0f, 0x1p-149f, -0x1p-149f}) {
        expect_nearest({0, d, -d, rest}, 0, upstream);
        expect_nearest({d, 2 * d, rest, d}, 0, upstream);
        expect_nearest({d, rest, 2 * d, d}, 0, upstream);
        expect_nearest({0, rest, -600, 0, 0}, 0, upstream);
      }
    }
    // The linear terms leave somewhat less than the square terms add, or somewhat more.
    for (const float left : {0.9f, 1.1f})
      expect_nearest({0, 0x1p-45f, -0x1p-45f, left * -0x1p-90f}, 0, upstream);
  }
}

TEST(CorrectGradient, RefusesFactorsThatBringBackWhatUnderflows) {
  for (const double factor : {0x1p201, -0x1p900, static_cast<double>(kInf), std::nan("")}) {
    CorrectQuestion question({1, 2}, {0});
    double upstream = factor;
    question.problem.upstream = {&upstream, XENT_BINARY64, 1, 0};
    EXPECT_EQ(question.ask(correct_implementation()), XENT_UNSUPPORTED) << factor;
  }
}

TEST(CorrectGradient, MaskedClassesHaveNone) {
  expect_nearest({1, -kInf, 2, -kInf}, 0);
  expect_nearest({1, -kInf, 2, -kInf}, 1);
}

TEST(CorrectGradient, IsNaNWhereTheLossIs) {
  for (const float bad : {kNaN, kInf}) {
    CorrectQuestion question({1, bad, 2}, {0});
    ASSERT_EQ(question.ask(correct_implementation()), XENT_OK);
    for (const float entry : question.gradient) EXPECT_TRUE(std::isnan(entry));
  }
  CorrectQuestion masked({-kInf, -kInf}, {0});
  ASSERT_EQ(masked.ask(correct_implementation()), XENT_OK);
  for (const float entry : masked.gradient) EXPECT_TRUE(std::isnan(entry));
  CorrectQuestion lone({-kInf, 3, -kInf}, {1});
  ASSERT_EQ(lone.ask(correct_implementation()), XENT_OK);
  EXPECT_EQ(lone.gradient, (std::vector<float>{0, 0, 0}));
}

// Among so many entries binary64 leaves some open; bits are the same on every target and for any threads.
TEST(CorrectGradient, SameBitsEverywhere) {
  constexpr int64_t kRows = 40;
  constexpr int64_t kClasses = 33000;
  const auto x = random_logits(kRows * kClasses, 4, 9);
  std::vector<int64_t> targets;
  for (int64_t r = 0; r < kRows; ++r) targets.push_back(r * 801);
  std::vector<float> expected;
  for_each_target([&] {
    for (const int threads : {1, 2}) {
      CorrectQuestion question(x, targets);
      question.problem.threads = threads;
      ASSERT_EQ(question.ask(correct_implementation()), XENT_OK);
      if (expected.empty()) expected = question.gradient;
      ASSERT_TRUE(question.gradient == expected);
    }
  });
}

TEST(CorrectGradient, IgnoredRowsHaveNone) {
  CorrectQuestion question({1, 2, kNaN, kNaN}, {0, -100});
  question.problem.has_ignore_index = 1;
  question.problem.ignore_index = -100;
  ASSERT_EQ(question.ask(correct_implementation()), XENT_OK);
  EXPECT_EQ(question.gradient[2], 0);
  EXPECT_EQ(question.gradient[3], 0);
  EXPECT_LT(question.gradient[0], 0);
}

// Logits of 16 bits are floats as well.
TEST(CorrectGradient, NarrowLogitsAsIfConverted) {
  for (const int64_t classes : {3, 70, 3000}) {
    std::vector<uint16_t> bits;
    std::vector<float> x;
    for (const float logit : random_logits(2 * classes, 3, 2)) {
      bits.push_back(static_cast<uint16_t>(std::bit_cast<uint32_t>(logit) >> 16));
      x.push_back(std::bit_cast<float>(static_cast<uint32_t>(bits.back()) << 16));
    }
    CorrectQuestion wide(x, {1, 2});
    CorrectQuestion narrow(x, {1, 2});
    narrow.problem.input = {bits.data(), XENT_BFLOAT16, classes, 1};
    ASSERT_EQ(wide.ask(correct_implementation()), XENT_OK);
    ASSERT_EQ(narrow.ask(correct_implementation()), XENT_OK);
    EXPECT_EQ(narrow.gradient, wide.gradient);
    EXPECT_EQ(narrow.rounded_losses, wide.rounded_losses);
  }
}

}  // namespace
}  // namespace xent::fast
