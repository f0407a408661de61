#include "properties/gradient_bounds.h"

#include <algorithm>
#include <cmath>

#include "properties/divisors.h"
#include "properties/probability_bounds.h"
#include "properties/softmax_bounds.h"

namespace xent::properties {
namespace {

using reference::Problem;

// What the derivatives of one row are multiplied by, and the relative error of that product; and its absolute
// error where it, or a product of some of the factors, gets below the normal range.
struct Factors {
  double loss = 1;
  double z_loss = 1;
  double error = 0;
  double tiny = 0;
  double last = 1;  // what a product with the slope may be multiplied by yet
  double peak = 1;  // of what the factors on the way to their product may make of a number
  bool any = false;

  Factors(const Problem& p, const Machine& a, const Divisors& divisors, std::int64_t row,
          const std::optional<Bounded>& perplexity = {})
      : smallest_(a.smallest) {
    if (!p.sample_weights.empty()) times(weight_at(p.sample_weights, row), a.u);
    if (!p.upstream.empty()) times(weight_at(p.upstream, p.reduction == XENT_NONE ? row : 0), a.u);
    if (p.reduction == XENT_MEAN) {
      loss /= divisors.loss;
      z_loss /= divisors.z_loss;
      const double most = std::max(1 / std::abs(divisors.loss), 1 / std::abs(divisors.z_loss));
      // A reciprocal that leaves the range may be formed on the way.
      error += a.overflows(most) ? HUGE_VAL : divisors.error;
      include(most);
    }
    // A perplexity has no base; it overflows in sound code, too.
    if (perplexity) last = std::max(1.0, perplexity->value);
    if (perplexity)
      times(perplexity->value,
            a.overflows(perplexity->value) ? HUGE_VAL : perplexity->bound / perplexity->value + a.u);
    // ln b is rounded, and divides.
    if (!p.base.is_zero() && !perplexity) times(1 / std::log(as_double(p.base)), a.log_error + 2 * a.u);
    peak = grown_;
    any = any || !p.scale.is_zero() || !p.temperature.is_zero() || !p.softcap.is_zero();
  }

 private:
  void times(double factor, double relative) {
    loss *= factor;
    z_loss *= factor;
    error += relative;
    include(std::abs(factor));
  }
  // In whichever order they are multiplied, what one product loses is multiplied by the factors that come
  // later.
  void include(double factor) {
    any = true;
    grown_ *= std::max(1.0, factor);
    tiny = ++count_ * smallest_ * grown_;
  }

  double smallest_;
  double grown_ = 1;
  int count_ = 0;
};

// The masses of the row; those of log_sum_exp are 0 with the sum 1.
Masses masses_in_gradient(const Problem& p, const Machine& a, std::int64_t row) {
  Masses masses;
  if (p.loss == "log_sum_exp") {
    masses.a.assign(static_cast<std::size_t>(p.classes), 0.0);
    masses.error = masses.a;
    masses.total = 1;
    masses.is_unit = true;
    return masses;
  }
  masses = masses_of(p, a, row);
  if (p.conventions.gradient_of_unit_mass != 0) {
    masses.total = 1;
    masses.total_error = 0;
  }
  return masses;
}

// (f (A p - a) + f_z 2 lambda lse p) dz/dx.
class LogitEntries {
 public:
  LogitEntries(const Problem& p, Grade grade, const Machine& a, std::int64_t row, const Factors& factors)
      : machine_(a),
        row_(p, grade, a, row),
        masses_(masses_in_gradient(p, a, row)),
        factors_(factors),
        label_(p.targets.empty() ? kNoClass
                                 : static_cast<std::size_t>(p.targets[static_cast<std::size_t>(row)])),
        lse_(row_.log_sum_exp()),
        lambda_(as_double(p.z_loss)),
        plain_(masses_.is_unit && !factors_.any && lambda_ == 0) {}

  Bounded at(std::size_t c) const {
    const double slope = row_.logits.slope[c];
    if (row_.logits.overflows || machine_.overflows(std::abs(lse_.value))) return {0, HUGE_VAL};
    if (!std::isfinite(row_.logits.z[c])) return masked(c);
    const Bounded loss = times(of_loss(c), factors_.loss);
    const Bounded z_loss = times(of_z_loss(c), factors_.z_loss);
    const double magnitude = std::abs(loss.value) + std::abs(z_loss.value);
    const double value = (loss.value + z_loss.value) * slope;
    double bound = (loss.bound + z_loss.bound) * slope + machine_.u * std::abs(value);
    bound += magnitude * (slope * factors_.error + row_.logits.slope_error[c]);
    if (!plain_) {
      bound += 3 * machine_.u * rounded(c, factors_.loss, factors_.z_loss) * slope;
      bound += rounded(c, factors_.tiny, factors_.tiny) * slope + 4 * machine_.smallest * factors_.last;
    }
    return {value, bound};
  }

 private:
  static Bounded times(const Bounded& x, double factor) {
    return {x.value * factor, x.bound * std::abs(factor)};
  }

  // A masked class has derivative 0 however the rest is; but a label there makes the loss infinite, and its
  // derivative may be p - y, as next to it.
  Bounded masked(std::size_t c) const {
    if (masses_.a[c] == 0) return {};
    const double label = (masses_.a[c] + masses_.error[c]) * std::abs(factors_.loss) * row_.logits.slope[c];
    return {0, label * (1 + factors_.error + 4 * machine_.u) + 4 * machine_.smallest * factors_.last};
  }

  // The absolute error of p_c below the normal range: of e^(z - m), and of the quotient.
  double subnormal() const { return static_cast<double>(row_.logits.z.size() + 2) * machine_.smallest; }

  // A p - a.
  Bounded of_loss(std::size_t c) const {
    const double p = row_.probability(c);
    const double error = row_.probability_error(c);
    const double value = masses_.total * p - masses_.a[c];
    double of_p = p * error;
    // 1 - p of a hard label may be made of the other classes, with smoothing too.
    if (c == label_) of_p = std::max(of_p, (1 - p) * row_.others_error(c));
    const double bound = masses_.total * (of_p + subnormal()) + p * masses_.total_error * (1 + error) +
                         masses_.error[c] + machine_.u * std::abs(value);
    return {value, bound};
  }

  // 2 lambda lse p: a rounded parameter and three products.
  Bounded of_z_loss(std::size_t c) const {
    if (lambda_ == 0) return {};
    const double p = row_.probability(c);
    const double error = row_.probability_error(c);
    const double twice = 2 * std::abs(lambda_);
    const double value = 2 * lambda_ * lse_.value * p;
    // What is small by its probability, or by a factor, may be large before.
    const double slope = std::max(1.0, row_.logits.slope[c]);
    if (machine_.overflows(std::max(1.0, twice) * std::abs(lse_.value) * factors_.peak * slope))
      return {value, HUGE_VAL};
    const double of_p = std::abs(lse_.value) * (p * error + subnormal());
    const double bound =
        twice * (of_p + p * lse_.bound * (1 + error)) + 5 * machine_.u * std::abs(value) + machine_.smallest;
    return {value, bound};
  }

  // Where there are factors, or more than two terms, sound code may multiply first and subtract last: every
  // term is then rounded by itself.
  double rounded(std::size_t c, double factor, double z_factor) const {
    const double p = row_.probability(c);
    return std::abs(factor) * (masses_.total * p + masses_.a[c]) +
           std::abs(z_factor * 2 * lambda_ * lse_.value) * p;
  }

  const Machine& machine_;
  SoftmaxRowBounds row_;
  Masses masses_;
  Factors factors_;
  std::size_t label_;
  Bounded lse_;
  double lambda_;
  bool plain_;
};

void append_probability_row(const Problem& p, const Machine& a, std::int64_t row, const Factors& factors,
                            std::vector<Bounded>& entries) {
  for (const Bounded& entry : probability_gradient(p, a, row)) {
    const double value = entry.value * factors.loss;
    entries.push_back({value, entry.bound * std::abs(factors.loss) +
                                  std::abs(value) * (factors.error + 2 * a.u) +
                                  std::abs(entry.value) * factors.tiny + 2 * a.smallest});
  }
}

}  // namespace

std::vector<Bounded> gradient_bounds(const Problem& p, Grade grade, const Machine& a,
                                     const std::optional<Bounded>& perplexity) {
  const Divisors divisors = divisors_of(p, a);
  std::vector<Bounded> entries;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (p.is_ignored(row) || p.is_out_of_range(row) || divisors.is_empty) {
      entries.resize(entries.size() + static_cast<std::size_t>(p.classes));
      continue;
    }
    const Factors factors(p, a, divisors, row, perplexity);
    if (p.input_space != XENT_LOGITS) {
      append_probability_row(p, a, row, factors, entries);
    } else {
      const LogitEntries of_row(p, grade, a, row, factors);
      for (std::size_t c = 0; c < static_cast<std::size_t>(p.classes); ++c) entries.push_back(of_row.at(c));
    }
  }
  return entries;
}

Bounded confident_gradient(const Problem& p, const Machine& a, std::int64_t row) {
  const SoftmaxRowBounds bounds(p, Grade::log1p, a, row);
  const auto target = static_cast<std::size_t>(p.targets[static_cast<std::size_t>(row)]);
  const Factors factors(p, a, divisors_of(p, a), row);
  const double slope = bounds.logits.slope[target];
  const double mass = weight_at(p.class_weights, static_cast<std::int64_t>(target)) * slope;
  const double factor = std::abs(factors.loss) * mass;
  const double others = -std::expm1(-bounds.surprisal(target).value);
  const double value = factor * others;
  const double relative = bounds.complement_error(target) + factors.error +
                          bounds.logits.slope_error[target] / slope + (factors.any ? 4 * a.u : 0);
  return {value, value * relative + others * mass * factors.tiny +
                     factor * static_cast<double>(p.classes + 2) * a.smallest};
}

}  // namespace xent::properties
