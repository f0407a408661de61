// What the tests of this folder share: problems that own their buffers, an oracle, and the bound that is
// claimed.
#ifndef XENT_FAST_TESTING_H
#define XENT_FAST_TESTING_H

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <random>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "fast/implementations.h"
#include "fast/kernel.h"
#include "fast/targets.h"
#include "reference/xent.h"

namespace xent::fast {

inline constexpr float kInf = std::numeric_limits<float>::infinity();
inline constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Unit roundoff of binary32.
inline constexpr double kU = 0x1p-24;

// A dense problem "softmax_cross_entropy" with rows of C binary32 logits; change what a test is about.
struct Question {
  std::vector<float> logits;
  std::vector<int64_t> targets;
  std::vector<double> losses;
  xent_problem problem = {};
  xent_result result = {};

  Question(std::vector<float> x, std::vector<int64_t> t) : logits(std::move(x)), targets(std::move(t)) {
    const auto rows = static_cast<int64_t>(targets.size());
    const int64_t classes = static_cast<int64_t>(logits.size()) / std::max<int64_t>(rows, 1);
    losses.assign(std::max<size_t>(targets.size(), 1), -1.0);
    problem.struct_size = sizeof problem;
    problem.loss = "softmax_cross_entropy";
    problem.rows = rows;
    problem.classes = std::max<int64_t>(classes, 1);
    problem.input = {logits.data(), XENT_BINARY32, classes, 1};
    problem.targets = {targets.data(), XENT_INT64, 1, 0};
    result.struct_size = sizeof result;
    result.loss = {losses.data(), XENT_BINARY64, 1, 0};
  }

  xent_status ask(const xent_implementation* implementation = fast_implementation()) {
    return implementation->compute(&problem, &result);
  }
};

// The loss in binary64 of one row, which must be answered.
inline double ask_row(const std::vector<float>& logits, int64_t target) {
  Question question(logits, {target});
  EXPECT_EQ(question.ask(), XENT_OK);
  return question.losses[0];
}

// The true loss of a row of finite or masked logits, and the bound claimed for it.
struct Truth {
  long double loss;
  long double bound;
};

// Formula: log1p(sum over i != t of e^(x_i - x_t)), or d + log1p(...) where that overflows. Binary80
// arithmetic is off by classes * 2^-63, below u / 1000 for every row here. Bound: kLossError, kernel.h, and
// what losses-inl.h adds.
inline Truth truth(const std::vector<float>& x, int64_t target) {
  long double max = -std::numeric_limits<long double>::infinity();
  for (size_t i = 0; i < x.size(); ++i) {
    if (static_cast<int64_t>(i) != target) max = std::max<long double>(max, x[i]);
  }
  const long double x_t = x[static_cast<size_t>(target)];
  if (std::isinf(max)) return {0, 0};
  long double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    if (static_cast<int64_t>(i) == target || x[i] == -kInf) continue;
    sum += std::exp(x[i] - max);
  }
  const long double d = max - x_t;
  const long double loss = d <= 0 ? std::log1p(sum * std::exp(d)) : d + std::log1p((sum - 1) + std::exp(-d));
  return {loss, loss * (kLossError + 1e-3) * kU};
}

inline void expect_within_claim(const std::vector<float>& x, int64_t target) {
  const Truth expected = truth(x, target);
  EXPECT_LE(std::fabs(static_cast<long double>(ask_row(x, target)) - expected.loss), expected.bound)
      << "loss " << static_cast<double>(expected.loss) << ", classes " << x.size() << ", target " << target;
}

// Runs a check on every SIMD target, whose name it may take, then goes back to the best.
template <class Check>
void for_each_target(const Check& check) {
  for (const std::string& name : targets()) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(use_target(name));
    if constexpr (std::is_invocable_v<Check, const std::string&>) {
      check(name);
    } else {
      check();
    }
  }
  use_target("");
}

// Memory between two pages that nothing may touch.
class GuardedPages {
 public:
  GuardedPages() {
    void* const pages = mmap(nullptr, 4 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc();
    pages_ = static_cast<char*>(pages);
    EXPECT_EQ(mprotect(pages_, page_, PROT_NONE), 0);
    EXPECT_EQ(mprotect(end(), page_, PROT_NONE), 0);
  }
  ~GuardedPages() { munmap(pages_, 4 * page_); }
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;

  char* begin() const { return pages_ + page_; }
  char* end() const { return pages_ + 3 * page_; }
  size_t size() const { return 2 * page_; }

 private:
  const size_t page_ = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  char* pages_;
};

// Normally distributed logits. The seed is fixed, so that a failure is found again.
inline std::vector<float> random_logits(int64_t count, float deviation, uint32_t seed) {
  std::mt19937 bits(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> x(static_cast<size_t>(count));
  for (float& value : x) value = normal(bits);
  return x;
}

// What may be done to a row of ordinary logits: all moved, then one replaced; or the target's.
struct RowKind {
  float offset = 0;
  float one = 0;  // 0: none
  bool is_of_target = false;
};
inline constexpr RowKind kRowKinds[] = {{},         {15},      {-15},     {25},      {40},      {-40},
                                        {120},      {1000},    {-kInf},  // all masked
                                        {0, -kInf}, {0, -100}, {0, 90},   {0, kNaN}, {0, kInf}, {0, 30, true},
                                        {25, -57},  {25, -59}, {25, -61}, {15, -70}};

// Kinds that are tried beside each other: where all are near, a whole vector of rows is worked on together,
// unless one of its logits is far.
inline const std::vector<std::vector<size_t>> kRowKindSets = {
    {0},        {0, 1, 2},    {0, 9},
    {0, 1, 10}, {0, 14},      {0, 3, 15, 16, 17},
    {0, 18},    {0, 3, 4, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18}};

struct MixedRows {
  std::vector<float> logits;
  std::vector<int64_t> targets;

  std::vector<float> row(size_t r) const {
    const auto classes = static_cast<std::ptrdiff_t>(logits.size() / targets.size());
    const auto begin = logits.begin() + static_cast<std::ptrdiff_t>(r) * classes;
    return {begin, begin + classes};
  }
};

inline MixedRows mixed_rows(int64_t rows, int64_t classes, const std::vector<size_t>& kinds) {
  std::mt19937 bits(static_cast<uint32_t>(classes));
  const auto below = [&](size_t n) { return bits() % n; };
  MixedRows mixed = {random_logits(rows * classes, 3, 8), {}};
  for (int64_t r = 0; r < rows; ++r) {
    const std::span<float> row(mixed.logits.data() + r * classes, static_cast<size_t>(classes));
    const size_t target = below(row.size());
    mixed.targets.push_back(static_cast<int64_t>(target));
    const RowKind& kind = kRowKinds[kinds[below(kinds.size())]];
    for (float& logit : row) logit += kind.offset;
    if (kind.one != 0) row[kind.is_of_target ? target : below(row.size())] = kind.one;
  }
  return mixed;
}

// Bit for bit, but for what NaNs carry.
template <class T>
bool are_same(T a, T b) {
  return std::isnan(a) ? std::isnan(b) : a == b && std::signbit(a) == std::signbit(b);
}

// A question with its gradient that may be asked from binary32 logits, and from the same numbers in binary64,
// which is answered otherwise and far more accurately. Rows of target -100 are ignored.
struct TwofoldQuestion : Question {
  std::vector<double> wide_logits;
  std::vector<double> wide_gradient;
  std::vector<float> gradient;

  TwofoldQuestion(const std::vector<float>& x, std::vector<int64_t> t)
      : Question(x, std::move(t)),
        wide_logits(x.begin(), x.end()),
        wide_gradient(x.size()),
        gradient(x.size()) {
    problem.has_ignore_index = 1;
    problem.ignore_index = -100;
  }

  void ask_narrow() {
    problem.input = {logits.data(), XENT_BINARY32, problem.classes, 1};
    result.grad = {gradient.data(), XENT_BINARY32, problem.classes, 1};
    ASSERT_EQ(ask(), XENT_OK);
  }
  void ask_wide() {
    problem.input = {wide_logits.data(), XENT_BINARY64, problem.classes, 1};
    result.grad = {wide_gradient.data(), XENT_BINARY64, problem.classes, 1};
    ASSERT_EQ(ask(), XENT_OK);
  }
};

// |value - expected| <= bound, or the same infinity or NaN.
inline void expect_near(double value, double expected, double bound, const std::string& what) {
  if (std::isfinite(expected)) {
    ASSERT_LE(std::fabs(value - expected), bound) << what << ": " << value << " instead of " << expected;
  } else {
    ASSERT_TRUE(are_same(value, expected)) << what << ": " << value << " instead of " << expected;
  }
}

}  // namespace xent::fast

#endif  // XENT_FAST_TESTING_H
