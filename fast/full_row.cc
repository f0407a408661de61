#include "fast/full_row.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "fast/elements.h"
#include "fast/kernel.h"

namespace xent::fast {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool has_masses(const xent_problem& problem) {
  return problem.targets.data != nullptr || problem.target_probs.data != nullptr;
}

}  // namespace

// Buffers end in whole vectors.
template <class Work>
void FullRow::for_each_block(const Work& work) const {
  for (int64_t first = 0; first < problem_.classes; first += kBlock)
    work(first, std::min(kBlock, problem_.classes - first));
}

void FullRow::read_logits(int64_t first, int64_t count, double* x) const {
  read_elements(problem_.input, index_, first, count, x);
  if (hides_target_ && target_ >= first && target_ < first + count) x[target_ - first] = -kInfinity;
  for (int64_t i = count; i % kLanes != 0; ++i) x[i] = -kInfinity;
}

FullRow::FullRow(const xent_problem& problem, const Masses& masses, int64_t index, int64_t target)
    : problem_(problem),
      masses_(masses),
      index_(index),
      target_(target),
      scale_(logit_scale(problem)),
      has_single_mass_(target >= 0 && masses.is_single()),
      hides_target_(has_single_mass_ && problem.z_loss == 0),
      target_logit_(-kInfinity),
      max_(-kInfinity) {
  alignas(64) double x[kBlock];
  alignas(64) double mass[kBlock];
  for_each_block([&](int64_t first, int64_t count) {
    read_logits(first, count, x);
    max_ = std::max(max_, largest_of(x, count));
  });
  if (target_ >= 0) read_elements(problem_.input, index_, target_, 1, &target_logit_);
  // -inf - -inf would be NaN.
  const double shift = max_ == -kInfinity ? 0 : max_;
  const bool adds_masses = !has_single_mass_ && has_masses(problem_);
  LaneSums sum, surprisal, total;
  for_each_block([&](int64_t first, int64_t count) {
    read_logits(first, count, x);
    add_exponentials(x, count, shift, scale_, sum);
    if (!adds_masses) return;
    masses_.read(index_, target_, first, count, mass);
    for (int64_t i = count; i % kLanes != 0; ++i) mass[i] = 0;
    add_masses(x, mass, count, shift, scale_, surprisal, total);
  });
  sum_ = sum.total();
  if (!hides_target_) log_sum_ = std::log1p(excess_of_sum());
  surprisal_ = surprisal.total().total();
  mass_ = total.total().total();
  if (has_single_mass_) {
    mass_ = masses.class_weight(target_);
    surprisal_ = mass_ == 0 ? 0 : mass_ * ((shift - target_logit_) * scale_);
  }
}

bool FullRow::is_undefined() const {
  if (std::isnan(sum_.value)) return true;
  if (!hides_target_) return max_ == -kInfinity;
  return !(target_logit_ < kInfinity) || (max_ == -kInfinity && target_logit_ == -kInfinity);
}

// log1p(S e^d) or, where that would overflow, d + log1p((S - 1) + e^-d), d = scale (max - x_t).
double FullRow::hidden_loss() const {
  if (max_ == -kInfinity) return 0;
  const double d = (max_ - target_logit_) * scale_;
  return d <= 0 ? std::log1p(sum_.total() * std::exp(d)) : d + std::log1p(excess_of_sum() + std::exp(-d));
}

double FullRow::loss() const {
  if (is_undefined()) return kNaN;
  if (!hides_target_) return surprisal_ + mass_ * log_sum_;
  const double weight = masses_.class_weight(target_);
  const double loss = hidden_loss();
  return weight == 0 && std::isinf(loss) ? 0 : weight * loss;
}

double FullRow::log_sum_exp() const {
  if (std::isnan(sum_.value)) return kNaN;
  return max_ == -kInfinity ? max_ : max_ * scale_ + log_sum_;
}

void FullRow::write_exponentials(const xent_output& output, double factor) const {
  alignas(64) double x[kBlock];
  for_each_block([&](int64_t first, int64_t count) {
    read_logits(first, count, x);
    exponentials(x, count, max_ == -kInfinity ? 0 : max_, scale_, x);
    for (int64_t i = 0; i < count; ++i) x[i] *= factor;
    write_elements(output, index_, first, count, x);
  });
}

void FullRow::write_softmax(const xent_output& output) const {
  write_exponentials(output, is_undefined() ? kNaN : 1 / sum_.total());
}

void FullRow::write_log_softmax(const xent_output& output, double units_per_nat) const {
  alignas(64) double x[kBlock];
  const double log_of_sum = is_undefined() ? kNaN : log_sum_;
  for_each_block([&](int64_t first, int64_t count) {
    read_logits(first, count, x);
    for (int64_t i = 0; i < count; ++i) x[i] = ((x[i] - max_) * scale_ - log_of_sum) * units_per_nat;
    write_elements(output, index_, first, count, x);
  });
}

void FullRow::write_log_sum_exp_gradient(const xent_output& output, double factor) const {
  write_exponentials(output, is_undefined() ? kNaN : factor * scale_ / sum_.total());
}

// What e^(x_i - max), and for the target -S, are multiplied by: p_i = e^(x_i - max) / (S + e^-d), and
// 1 - p_t = S / (S + e^-d), both times the weight.
double FullRow::hidden_factor(double factor) const {
  double share = 0;
  if (max_ > -kInfinity) {
    const double d = (max_ - target_logit_) * scale_;
    const double e = std::exp(-std::fabs(d));
    share = d > 0 ? 1 / (sum_.total() + e) : e / (sum_.total() * e + 1);
  }
  return factor * masses_.class_weight(target_) * share;
}

double FullRow::target_entry(double hidden_factor) const {
  // A masked target has probability 0 whatever its logit's derivative would tend to.
  return target_logit_ == -kInfinity ? 0 * hidden_factor : -hidden_factor * sum_.total();
}

void FullRow::write_hidden_gradient(const xent_output& output, double factor) const {
  const double weighted = hidden_factor(factor);
  write_exponentials(output, weighted);
  const double entry = target_entry(weighted);
  write_elements(output, index_, target_, 1, &entry);
}

double FullRow::exponential(double logit) const {
  alignas(64) double x[kLanes];
  std::fill_n(x, kLanes, logit);
  exponentials(x, 1, max_, scale_, x);
  return x[0];
}

double FullRow::gradient_entry(int64_t c, double logit, double factor) const {
  const double weighted = hidden_factor(factor * scale_);
  return c == target_ ? target_entry(weighted) : exponential(logit) * weighted;
}

// In units of 2^-53. An exponential has kFullExpError and |d| for the rounding of its d = x - max; a sum of
// them the mean of that, kFullExpError + ln(classes), and 2; the target's entry has two of these. e^-|x_t -
// max| has 2 + |x_t - max|: as a factor, where the target leads; otherwise as a term, which makes it 3.4 at
// most. Products, sums and a quotient are granted 10.
double FullRow::gradient_error(int64_t c, double logit) const {
  const double of_sum = kFullExpError + 2 + std::log(static_cast<double>(problem_.classes));
  const double of_lead = target_logit_ > max_ ? 2 + (target_logit_ - max_) : 3.4;
  const double of_numerator = c == target_ ? of_sum : kFullExpError + (max_ - logit);
  return (of_numerator + of_sum + of_lead + 10) * 0x1p-53;
}

void FullRow::write_gradient(const xent_output& output, const Factors& factors) const {
  const double factor = factors.loss * scale_;
  if (is_undefined()) return write_exponentials(output, kNaN);
  if (hides_target_) return write_hidden_gradient(output, factor);
  const double of_squared_lse = 2 * problem_.z_loss * log_sum_exp() * factors.z_loss * scale_;
  const double of_probability = (factor * mass_ + of_squared_lse) / sum_.total();
  if (has_single_mass_) {
    write_exponentials(output, of_probability);
    if (target_logit_ == -kInfinity) return;
    const double entry = of_probability * exponential(target_logit_) - factor * mass_;
    return write_elements(output, index_, target_, 1, &entry);
  }
  alignas(64) double x[kBlock];
  alignas(64) double entries[kBlock];
  double mass[kBlock];
  for_each_block([&](int64_t first, int64_t count) {
    read_logits(first, count, x);
    exponentials(x, count, max_, scale_, entries);
    masses_.read(index_, target_, first, count, mass);
    for (int64_t i = 0; i < count; ++i)
      entries[i] = x[i] == -kInfinity ? 0 * of_probability : of_probability * entries[i] - factor * mass[i];
    write_elements(output, index_, first, count, entries);
  });
}

}  // namespace xent::fast
