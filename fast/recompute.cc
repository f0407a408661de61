#include "fast/recompute.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "fast/double_double.h"
#include "fast/double_double_kernel.h"
#include "fast/nearest.h"

namespace xent::fast {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The classes besides the target.
struct Others {
  int64_t argmax = -1;  // -1: all are masked
  bool has_nan_or_infinity = false;
};

Others scan(const float* row, int64_t classes, int64_t target) {
  Others others;
  for (int64_t i = 0; i < classes; ++i) {
    if (i == target) continue;
    if (!(row[i] < kInfinity)) others.has_nan_or_infinity = true;
    if (row[i] > (others.argmax < 0 ? -kInfinity : row[others.argmax])) others.argmax = i;
  }
  return others;
}

// Sum of e^(x_i - reference) over the classes besides two, which may be the same.
DoubleDouble sum_of_others(const float* row, int64_t classes, int64_t one, int64_t other, float reference) {
  const auto [first, second] = std::minmax(one, other);
  const auto between = [&](int64_t begin, int64_t end) {
    return sum_of_exponentials(row + begin, std::max<int64_t>(end - begin, 0), reference);
  };
  return between(0, first) + between(first + 1, second) + between(second + 1, classes);
}

// The float nearest to the quotient factor numerator / denominator, ties to even, or to a number above it
// (direction > 0) or below it (< 0) by less than 2^-60 / numerator of it.
//
// Domain: factor finite and > 0, 0 < numerator, denominator < 2^32.
// Method: a direction matters only where the quotient itself is a midpoint M of floats. From others it is at
//   least 2^-57 / numerator away, relatively: with integers f < 2^53 and M < 2^25 and s >= -4 it is
//   |f numerator - 2^s M denominator| / (f numerator), of which the difference is a multiple of 2^-4.
float rounded_quotient(double factor, int64_t numerator, int64_t denominator, int direction) {
  int exponent;
  const double fraction = std::frexp(factor, &exponent);
  __extension__ using Wide = unsigned __int128;
  // 53 + 32 bits, and 40 more, of which the quotient loses 32.
  constexpr int kExtraBits = 40;
  const Wide dividend = (Wide(std::ldexp(fraction, 53)) * Wide(numerator)) << kExtraBits;
  Wide quotient = dividend / Wide(denominator);
  bool is_inexact = dividend % Wide(denominator) != 0;
  if (!is_inexact && direction != 0) {
    is_inexact = true;
    if (direction < 0) --quotient;
  }
  int scale = exponent - 53 - kExtraBits;
  for (; quotient >> 52 != 0; ++scale) {
    is_inexact |= (quotient & 1) != 0;
    quotient >>= 1;
  }
  // Rounded to odd, then to nearest: as if at once, since there are two bits more (Boldo & Melquiond 2008).
  return static_cast<float>(std::ldexp(static_cast<double>(quotient | (is_inexact ? 1 : 0)), scale));
}

// A sum of doubles without any error: parts that do not overlap, the smallest first (Shewchuk 1997).
class ExactSum {
 public:
  void add(double x) {
    size_t kept = 0;
    for (const double part : parts_) {
      const DoubleDouble sum = two_sum(x, part);
      x = sum.high;
      if (sum.low != 0) parts_[kept++] = sum.low;
    }
    parts_.resize(kept);
    if (x != 0) parts_.push_back(x);
  }
  // The largest part has the sign of the sum, and is off by less than an ulp.
  double value() const { return parts_.empty() ? 0 : parts_.back(); }

 private:
  std::vector<double> parts_;
};

// sum over j != i of e^(x_j - x_i) = classes + something whose sign is known.
struct NearInteger {
  int64_t classes;
  int sign;
};

// Domain: sums that are within 2^-60 of an integer; nullopt for others, or where the sign is not decided.
// Method: some logits are within 2^-20 of x_i, the others far below. With d = x_j - x_i, the distance is sum
// d, without an error, and sums of e^d - 1 - d = d^2 / 2 (1 + d / 3) and of e^d for the others, both
// positive: terms are known to 2^-42, and adding them costs 2^-53 each.
std::optional<NearInteger> near_integer(const float* row, int64_t classes, int64_t i) {
  constexpr double kNear = 0x1p-20;
  constexpr double kMost = 0x1p-60;
  const double decided = 1 + 0x1p-40 + static_cast<double>(classes) * 0x1p-52;
  int64_t near = 0;
  ExactSum linear;
  double positive = 0;
  bool is_positive = false;
  for (int64_t j = 0; j < classes; ++j) {
    if (j == i || row[j] == -kInfinity) continue;
    const DoubleDouble d = difference(row[j], row[i]);
    if (d.high > kNear) return std::nullopt;
    if (d.high < -kNear) {
      positive += std::exp(d.high);
      is_positive = true;
      continue;
    }
    ++near;
    linear.add(d.high);
    linear.add(d.low);
    positive += d.high * d.high / 2 * (1 + d.high / 3);
    is_positive |= d.high != 0;
  }
  const double sum = linear.value();
  if (std::fabs(sum) + positive > kMost) return std::nullopt;
  if (sum >= 0) return NearInteger{near, sum > 0 || is_positive ? 1 : 0};
  if (-sum > positive * decided) return NearInteger{near, -1};
  if (positive > -sum * decided) return NearInteger{near, 1};
  return std::nullopt;
}

}  // namespace

std::optional<float> recompute(const float* row, int64_t classes, int64_t target) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  const float target_logit = row[target];
  const Others others = scan(row, classes, target);
  if (others.has_nan_or_infinity || !(target_logit < kInfinity)) return kNaN;
  if (target_logit == -kInfinity) return others.argmax < 0 ? kNaN : kInfinity;
  if (others.argmax < 0) return 0.0f;

  const auto count = static_cast<double>(classes);
  const double relative_error = 0x1p-90 + count * 0x1p-102;
  const double left_out = count * 0x1p-990;
  const DoubleDouble rest = sum_of_others(row, classes, target, others.argmax, row[others.argmax]);
  const DoubleDouble d = difference(row[others.argmax], target_logit);
  const bool loses = d.high > 0;
  const DoubleDouble z = loses ? rest + exp_or_zero(-d) : (DoubleDouble{1, 0} + rest) * exp_or_zero(d);
  const std::optional<DoubleDouble> t = log1p(z);
  if (!t) return std::nullopt;
  return nearest({loses ? d : DoubleDouble{0, 0}, *t, relative_error * t->high + left_out});
}

RecomputedGradient::RecomputedGradient(const float* row, int64_t classes, int64_t target, double upstream)
    : row_(row), classes_(classes), target_(target), upstream_(upstream) {
  const int64_t argmax = scan(row, classes, target).argmax;
  reference_ = std::max(row[argmax], row[target]);
  others_ = sum_of_others(row, classes, target, target, reference_);
  const bool is_masked = row[target] == -kInfinity;
  all_ = is_masked ? others_ : others_ + exp_or_zero(difference(row[target], reference_));
}

std::optional<float> RecomputedGradient::magnitude_of(int64_t i) const {
  const DoubleDouble numerator = i == target_ ? others_ : exp_or_zero(difference(row_[i], reference_));
  const DoubleDouble magnitude = numerator / all_ * DoubleDouble{std::fabs(upstream_), 0};
  const double error = (0x1p-84 + static_cast<double>(classes_) * 0x1p-102) * magnitude.high;
  if (const std::optional<float> decided = nearest({{0, 0}, magnitude, error})) return decided;
  const std::optional<NearInteger> sum = near_integer(row_, classes_, i);
  if (!sum || (i == target_ && sum->classes == 0)) return std::nullopt;
  // With s the sum, p_i = 1 / (1 + s), and 1 - p_t = s / (1 + s).
  const bool grows = i == target_;
  return rounded_quotient(std::fabs(upstream_), grows ? sum->classes : 1, sum->classes + 1,
                          grows ? sum->sign : -sum->sign);
}

std::optional<float> RecomputedGradient::entry(int64_t i) const {
  const double sign = std::copysign(1.0, i == target_ ? -upstream_ : upstream_);
  const bool is_zero = row_[i] == -kInfinity || upstream_ == 0;
  const std::optional<float> magnitude = is_zero ? 0.0f : magnitude_of(i);
  if (!magnitude) return std::nullopt;
  return std::copysign(*magnitude, static_cast<float>(sign));
}

}  // namespace xent::fast
