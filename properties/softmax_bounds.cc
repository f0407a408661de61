#include "properties/softmax_bounds.h"

#include <algorithm>
#include <cmath>

namespace xent::properties {
namespace {

// The relative error of sum over i != c of e^(z_i - z_c): the terms' arguments are rounded at the size of the
// gap, and z_c and the others are off by their own errors.
double tail_error(const Machine& a, const EffectiveLogits& logits, const LogitStats& rest, std::size_t c) {
  const double spread = rest.spread + std::max(0.0, logits.z[c] - rest.max);
  const double classes = static_cast<double>(logits.z.size());
  return a.u * spread + a.exp_error + a.sum_factor(classes) + std::expm1(rest.moved + logits.error[c]);
}

}  // namespace

SoftmaxRowBounds::SoftmaxRowBounds(const reference::Problem& p, Grade g, const Machine& m, std::int64_t row)
    : problem(p), grade(g), machine(m), logits(effective_logits(p, m, row)), stats(stats_of(logits)) {}

// How far ln S is off: ln(1 - e) for the relative error e of the sum, which is further from 0 than ln(1 + e),
// in formats of 16 bits by much.
double SoftmaxRowBounds::of_sum() const {
  const Machine& a = machine;
  const double s = a.sum_factor(classes());
  double relative = a.u * stats.spread + a.exp_error + s + stats.moved;
  if (grade == Grade::online) relative += stats.updates * (a.exp_error + 2 * a.u) + s;
  return relative < 1 ? -std::log1p(-relative) : HUGE_VAL;
}

// The bound of lse - z_c for the grades that start from m and S; `loss` is the value itself.
double SoftmaxRowBounds::by_formula(std::size_t c, double loss) const {
  const Machine& a = machine;
  double bound = a.u * (gap(c) + loss) + of_sum() + a.log_error * stats.lse_minus_max +
                 classes() * a.smallest + logits.error[c];
  if (grade == Grade::lse) bound += a.u * std::abs(stats.lse());
  // What is computed may be below the normal range.
  const double largest_loss = -static_cast<double>(a.emin) * std::log(2.0);
  if (grade == Grade::probability && loss + bound >= largest_loss) bound = HUGE_VAL;
  return bound;
}

// log1p(sum over i != c of e^(z_i - z_c)) for the largest logit z_c.
Bounded SoftmaxRowBounds::confident(std::size_t c) const {
  if (has_confident_) return confident_;
  has_confident_ = true;
  const LogitStats rest = stats_of(logits, c);
  if (rest.is_empty()) return confident_;
  const Machine& a = machine;
  confident_.value = std::log1p(std::exp(rest.lse_minus_max - (logits.z[c] - rest.max)));
  confident_.bound =
      confident_.value * (tail_error(a, logits, rest, c) + a.log_error + 2 * a.u) + classes() * a.smallest;
  return confident_;
}

Bounded SoftmaxRowBounds::surprisal(std::size_t c) const {
  if (stats.is_empty() || !std::isfinite(logits.z[c])) return {};
  if (gap(c) > 0) {
    const double loss = gap(c) + stats.lse_minus_max;
    return {loss, by_formula(c, loss)};
  }
  const Bounded bounded = confident(c);
  if (grade == Grade::log1p) return bounded;
  return {bounded.value, by_formula(c, bounded.value)};
}

// Each product and both sums are rounded.
Bounded SoftmaxRowBounds::cross_entropy(const Masses& masses) const {
  const Machine& a = machine;
  if (masses.is_single) {
    const Bounded row = surprisal(masses.single);
    const double product = masses.total * row.value;
    if (!masses.is_unit && a.overflows(row.value)) return {product, HUGE_VAL};
    return {product, masses.total * row.bound + (masses.is_unit ? 0 : a.u * product + a.smallest)};
  }
  Bounded total;
  if (stats.is_empty()) return total;
  double magnitude = 0;
  double unsmoothed = 0;  // what the smoothing may multiply last
  for (std::size_t c = 0; c < logits.z.size(); ++c) {
    const double mass = masses.a[c];
    if (mass == 0 || !std::isfinite(logits.z[c])) continue;
    const double loss = gap(c) + stats.lse_minus_max;
    // The lse form subtracts sum a z as it is.
    const double met = loss + (grade == Grade::lse ? std::abs(logits.z[c]) + std::abs(stats.lse()) : gap(c));
    if (!problem.label_smoothing.is_zero())
      unsmoothed += weight_at(problem.class_weights, static_cast<std::int64_t>(c)) * met;
    if (a.overflows(met) || a.overflows(unsmoothed)) return {0, HUGE_VAL};
    total.value += mass * loss;
    total.bound += mass * (by_formula(c, loss) + 2 * a.u * met) + masses.error[c] * met + 2 * a.smallest;
    magnitude += mass * met;
  }
  total.bound += 2 * a.sum_factor(classes()) * magnitude;
  return total;
}

Bounded SoftmaxRowBounds::log_sum_exp() const {
  if (stats.is_empty()) return {};
  const Machine& a = machine;
  return {stats.lse(), a.u * (stats.lse_minus_max + std::abs(stats.lse())) + of_sum() +
                           a.log_error * stats.lse_minus_max + classes() * a.smallest};
}

// The parameter is rounded, and there are three products.
Bounded SoftmaxRowBounds::z_loss() const {
  const double lambda = as_double(problem.z_loss);
  if (lambda == 0 || stats.is_empty()) return {};
  const Bounded lse = log_sum_exp();
  const double square = lse.value * lse.value;
  if (machine.overflows(square)) return {lambda * square, HUGE_VAL};
  return {lambda * square, std::abs(lambda) * ((2 * std::abs(lse.value) + lse.bound) * lse.bound +
                                               4 * machine.u * square + machine.smallest) +
                               machine.smallest};
}

double SoftmaxRowBounds::probability(std::size_t c) const {
  if (stats.is_empty() || !std::isfinite(logits.z[c])) return 0;
  return std::exp(-(gap(c) + stats.lse_minus_max));
}

double SoftmaxRowBounds::probability_error(std::size_t c) const {
  const Machine& a = machine;
  if (stats.is_empty() || !std::isfinite(logits.z[c])) return 0;
  const double loss = gap(c) + stats.lse_minus_max;
  double relative = a.u * (gap(c) + loss) + a.exp_error + of_sum() + a.log_error * stats.lse_minus_max +
                    2 * a.u + logits.error[c];
  if (grade == Grade::lse) relative += a.u * std::abs(stats.lse());
  return std::expm1(relative);
}

double SoftmaxRowBounds::others_error(std::size_t c) const {
  const Machine& a = machine;
  if (stats.is_empty() || !std::isfinite(logits.z[c])) return 0;
  double relative = tail_error(a, logits, stats_of(logits, c), c) + of_sum() + 2 * a.u;
  // As e^(z - lse), too, lse being max + ln S.
  relative += (a.u + a.log_error) * stats.lse_minus_max;
  if (grade == Grade::lse) relative += a.u * std::abs(stats.lse());
  return std::expm1(relative);
}

double SoftmaxRowBounds::complement_error(std::size_t c) const {
  const LogitStats rest = stats_of(logits, c);
  const Machine& a = machine;
  return tail_error(a, logits, rest, c) + a.log_error + a.exp_error + 5 * a.u;
}

}  // namespace xent::properties
