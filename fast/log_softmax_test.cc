// softmax and log_softmax in binary32, against binary80.
#include <cmath>
#include <cstring>

#include "fast/element.h"
#include "fast/testing.h"

namespace xent::fast {
namespace {

constexpr const char* kMaps[] = {"softmax", "log_softmax"};

// A question whose result is a value for every class.
struct MapQuestion : Question {
  std::vector<float> values;

  MapQuestion(const char* loss, std::vector<float> x, int64_t rows)
      : Question(std::move(x), std::vector<int64_t>(static_cast<size_t>(rows))), values(logits.size(), -7) {
    problem.loss = loss;
    problem.targets = {};
    result.loss = {values.data(), XENT_BINARY32, problem.classes, 1};
  }
};

// Whether a row has probabilities at all.
bool is_defined(const std::vector<float>& x) {
  bool has_any = false;
  for (const float logit : x) {
    if (!(logit < kInf)) return false;
    has_any |= logit > -kInf;
  }
  return has_any;
}

// The true values of a row and the bounds of kernel.h, with the rounding to binary32.
std::vector<Truth> true_values(const std::string& loss, const std::vector<float>& x) {
  const auto place = std::max_element(x.begin(), x.end());
  const long double max = *place;
  long double others = 0;
  for (auto logit = x.begin(); logit != x.end(); ++logit) {
    if (logit != place) others += std::exp(static_cast<long double>(*logit) - max);
  }
  std::vector<Truth> values;
  for (const float logit : x) {
    const long double d = max - logit;
    if (loss == "log_softmax") {
      const long double value = -(d + std::log1p(others));
      values.push_back({value, (kLossError + 1.001L) * kU * std::fabs(value) + 0x1p-149L});
    } else if (logit == -kInf) {
      values.push_back({0, 0});
    } else {
      const long double value = std::exp(-d) / (1 + others);
      const double distance = static_cast<double>(d) + std::log(static_cast<double>(x.size())) + 0.7;
      const double e = std::max(kPowersError + kPowersErrorPerNat * distance, kFractionError);
      values.push_back({value, (kSumError + e + 3.001L) * kU * value + 0x1p-125L});
    }
  }
  return values;
}

void expect_values(const std::string& loss, const std::vector<float>& x, const float* values) {
  if (!is_defined(x)) {
    for (size_t c = 0; c < x.size(); ++c) ASSERT_TRUE(std::isnan(values[c])) << loss << ' ' << c;
    return;
  }
  const std::vector<Truth> expected = true_values(loss, x);
  for (size_t c = 0; c < x.size(); ++c) {
    const bool is_infinite = std::isinf(expected[c].loss) && values[c] == -kInf;
    ASSERT_TRUE(is_infinite || std::fabs(values[c] - expected[c].loss) <= expected[c].bound)
        << loss << ' ' << c << " of " << x.size() << ": " << values[c] << " instead of "
        << static_cast<double>(expected[c].loss);
  }
}

TEST(LogSoftmax, IsWithinItsBoundForEveryNumberOfClasses) {
  for (const char* const loss : kMaps) {
    for (int64_t classes = 1; classes <= 1100; classes += classes < 140 ? 1 : 97) {
      const auto x = random_logits(classes, 3, static_cast<uint32_t>(classes));
      for_each_target([&] {
        MapQuestion question(loss, x, 1);
        ASSERT_EQ(question.ask(), XENT_OK);
        expect_values(loss, x, question.values.data());
      });
    }
  }
}

TEST(LogSoftmax, RowsOfEveryKindBesideEachOther) {
  constexpr int64_t kRows = 70;
  for (const char* const loss : kMaps) {
    for (const int64_t classes : {2, 10, 37, 128, 129, 600}) {
      for (const auto& kinds : kRowKindSets) {
        const MixedRows mixed = mixed_rows(kRows, classes, kinds);
        for_each_target([&] {
          MapQuestion question(loss, mixed.logits, kRows);
          question.problem.threads = 2;
          ASSERT_EQ(question.ask(), XENT_OK);
          for (int64_t r = 0; r < kRows; ++r)
            expect_values(loss, mixed.row(static_cast<size_t>(r)), question.values.data() + r * classes);
        });
      }
    }
  }
}

// Where the loss of the largest logit is far below an ulp of 1; several largest ones; any place of these.
TEST(LogSoftmax, ConfidentRowsAndTies) {
  for (const char* const loss : kMaps) {
    for (const size_t place : {0, 5, 16, 69}) {
      for (const float lead : {0.0f, 10.0f, 30.0f, 85.0f, 300.0f}) {
        auto x = random_logits(70, 1, 4);
        x[place] = 5 + lead;
        auto tied = x;
        tied[(place + 33) % 70] = x[place];
        for_each_target([&] {
          for (const auto& row : {x, tied}) {
            MapQuestion question(loss, row, 1);
            ASSERT_EQ(question.ask(), XENT_OK);
            expect_values(loss, row, question.values.data());
          }
        });
      }
    }
  }
}

TEST(LogSoftmax, TakesTheBaseOfTheProblem) {
  const auto x = random_logits(50, 2, 6);
  MapQuestion nats("log_softmax", x, 1);
  MapQuestion bits("log_softmax", x, 1);
  bits.problem.base = 2;
  ASSERT_EQ(nats.ask(), XENT_OK);
  ASSERT_EQ(bits.ask(), XENT_OK);
  // Two roundings to binary32.
  for (size_t c = 0; c < x.size(); ++c) {
    const double expected = static_cast<double>(nats.values[c]) / std::log(2.0);
    EXPECT_LE(std::fabs(static_cast<double>(bits.values[c]) - expected), 2.001 * kU * std::fabs(expected));
  }
  // A probability has none.
  MapQuestion probability("softmax", x, 1);
  MapQuestion of_bits("softmax", x, 1);
  of_bits.problem.base = 2;
  ASSERT_EQ(probability.ask(), XENT_OK);
  ASSERT_EQ(of_bits.ask(), XENT_OK);
  EXPECT_EQ(probability.values, of_bits.values);
}

TEST(LogSoftmax, InPlaceAndStridedAreTheSame) {
  constexpr int64_t kRows = 70;
  for (const char* const loss : kMaps) {
    for (const int64_t classes : {3, 10, 64, 300, 5000}) {
      const auto x = random_logits(kRows * classes, 3, 5);
      for_each_target([&] {
        MapQuestion apart(loss, x, kRows);
        MapQuestion in_place(loss, x, kRows);
        MapQuestion strided(loss, x, kRows);
        in_place.result.loss.data = in_place.logits.data();
        const int64_t stride = classes + 3;
        std::vector<float> values(static_cast<size_t>(kRows * stride), -7);
        strided.result.loss = {values.data(), XENT_BINARY32, stride, 1};
        ASSERT_EQ(apart.ask(), XENT_OK);
        ASSERT_EQ(in_place.ask(), XENT_OK);
        ASSERT_EQ(strided.ask(), XENT_OK);
        ASSERT_EQ(in_place.logits, apart.values) << loss << ' ' << classes;
        for (int64_t r = 0; r < kRows; ++r) {
          for (int64_t c = 0; c < stride; ++c) {
            const float expected = c < classes ? apart.values[static_cast<size_t>(r * classes + c)] : -7;
            ASSERT_EQ(values[static_cast<size_t>(r * stride + c)], expected) << loss << ' ' << classes;
          }
        }
      });
    }
  }
}

// Results of more elements than caches hold are streamed; few long rows are cut.
TEST(LogSoftmax, LongRowsForAnyNumberOfThreads) {
  for (const char* const loss : kMaps) {
    for (const auto& [rows, classes] : {std::pair<int64_t, int64_t>{3, 70001}, {1, 1 << 20}, {70, 20011}}) {
      auto x = random_logits(rows * classes, 3, 7);
      x[static_cast<size_t>(rows * classes - 1)] = 40;  // the largest one in the last segment
      std::vector<float> expected;
      for (const int threads : {1, 2, 5}) {
        MapQuestion question(loss, x, rows);
        question.problem.threads = threads;
        ASSERT_EQ(question.ask(), XENT_OK);
        if (expected.empty()) {
          expected = question.values;
          for (int64_t r = 0; r < rows; ++r) {
            const auto begin = x.begin() + r * classes;
            expect_values(loss, {begin, begin + classes}, expected.data() + r * classes);
          }
        }
        ASSERT_TRUE(question.values == expected) << loss << ' ' << rows << ' ' << threads;
      }
    }
  }
}

// As if converted before, and rounded afterwards.
TEST(LogSoftmax, NarrowFormats) {
  for (const char* const loss : kMaps) {
    for (const int64_t classes : {1, 5, 16, 70, 700, 70001}) {
      auto x = random_logits(2 * classes, 3, 9);
      std::vector<uint16_t> bits;
      for (float& logit : x) {
        bits.push_back(rounded_to_bfloat16(logit).bits);
        logit = static_cast<float>(to_double(hwy::bfloat16_t{bits.back()}));
      }
      for_each_target([&] {
        MapQuestion wide(loss, x, 2);
        MapQuestion narrow(loss, x, 2);
        std::vector<uint16_t> values(x.size());
        narrow.problem.input = {bits.data(), XENT_BFLOAT16, classes, 1};
        narrow.result.loss = {values.data(), XENT_BFLOAT16, classes, 1};
        ASSERT_EQ(wide.ask(), XENT_OK);
        ASSERT_EQ(narrow.ask(), XENT_OK);
        for (size_t c = 0; c < x.size(); ++c)
          ASSERT_EQ(values[c], rounded_to_bfloat16(wide.values[c]).bits)
              << loss << ' ' << c << " of " << classes;
      });
    }
  }
}

int64_t place_of_largest(const std::vector<float>& x) {
  const auto classes = static_cast<int64_t>(x.size());
  int64_t place = -1;
  places_of_largest({x.data(), classes, classes}, 1, &place);
  return place;
}

TEST(LogSoftmax, FindsALargestLogit) {
  for (int64_t classes = 1; classes <= 150; ++classes) {
    for_each_target([&] {
      for (int64_t place = 0; place < classes; ++place) {
        std::vector<float> x(static_cast<size_t>(classes), -3);
        x[static_cast<size_t>(place)] = -2.5f;
        EXPECT_EQ(place_of_largest(x), place);
      }
      std::vector<float> masked(static_cast<size_t>(classes), -kInf);
      EXPECT_EQ(place_of_largest(masked), 0);
      std::vector<float> bad(static_cast<size_t>(classes), kNaN);
      const int64_t place = place_of_largest(bad);
      EXPECT_TRUE(place >= 0 && place < classes);
    });
  }
}

TEST(LogSoftmax, NeverTouchesThePageBeyondARow) {
  const GuardedPages pages;
  for (const char* const loss : kMaps) {
    for (size_t classes = 1; classes <= 1000; classes += classes < 140 ? 1 : 53) {
      const size_t size = classes * sizeof(float);
      const auto x = random_logits(static_cast<int64_t>(classes), 3, 5);
      for (char* const place : {pages.begin(), pages.end() - size}) {
        for_each_target([&] {
          std::memcpy(place, x.data(), size);
          MapQuestion question(loss, x, 1);
          question.problem.input.data = place;
          question.result.loss.data = place;
          ASSERT_EQ(question.ask(), XENT_OK);
        });
      }
    }
  }
}

}  // namespace
}  // namespace xent::fast
