#include "properties/bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reference/certify.h"

namespace xent::properties {
namespace {

using reference::Format;
using reference::Number;
using reference::Problem;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The constants of one implementation.
struct Machine {
  double u = 0;
  double exp_error = 0;
  double log_error = 0;
  double largest = 0;   // finite number; intermediates beyond it overflow in sound code too
  double smallest = 0;  // absolute error of an operation whose result is below the normal range
  xent_summation summation = XENT_SEQUENTIAL;

  double sum_factor(double n) const {
    if (n <= 1) return 0;
    if (summation == XENT_COMPENSATED) return 2 * u;
    return summation == XENT_PAIRWISE ? (std::ceil(std::log2(n)) + 1) * u : (n - 1) * u;
  }
};

Machine machine_of(const Problem& p, const xent_claim& claim) {
  const Format& compute =
      reference::format(claim.compute_format != 0 ? claim.compute_format : p.input_format);
  Machine machine;
  machine.u = compute.unit_roundoff();
  machine.exp_error = (claim.exp_error > 0 ? claim.exp_error : 2) * machine.u;
  machine.log_error = (claim.log_error > 0 ? claim.log_error : 2) * machine.u;
  const bool flushes = contains(claim.guarantees, XENT_FLUSHES_SUBNORMALS);
  machine.smallest = std::ldexp(1.0, flushes ? compute.emin : compute.quantum_exponent());
  machine.largest = std::ldexp(2 - std::ldexp(1.0, 1 - compute.precision), compute.emax);
  machine.summation = claim.summation;
  return machine;
}

// An approximate loss and the bound of one row, in nats.
struct Row {
  double value = 0;
  double bound = 0;
};

// What the formulas need of a row of logits, in binary64.
struct LogitStats {
  double max = -kInfinity;
  double spread = 0;  // D = sum p (m - x)
  double lse_minus_max = 0;
  double updates = 0;  // changes of the running maximum
};

LogitStats stats_of(std::span<const Number> x, std::size_t excluded) {
  LogitStats stats;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i == excluded || !x[i].is_finite()) continue;
    const double value = x[i].as_double();
    stats.updates += value > stats.max ? 1 : 0;
    stats.max = std::max(stats.max, value);
  }
  double sum = 0;
  double weighted = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (i == excluded || !x[i].is_finite()) continue;
    const double gap = stats.max - x[i].as_double();
    const double term = std::exp(-gap);
    sum += term;
    weighted += term > 0 ? gap * term : 0;
  }
  stats.spread = sum > 0 ? weighted / sum : 0;
  stats.lse_minus_max = sum > 0 ? std::log(sum) : 0;
  return stats;
}

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

double shifted_bound(const Machine& a, const LogitStats& s, double gap, double loss, double classes) {
  return a.u * (gap + loss + s.spread) + a.exp_error + a.sum_factor(classes) + a.log_error * s.lse_minus_max +
         classes * a.smallest;
}

// log1p(sum over i != t of e^(x_i - x_t)) for the largest logit x_t.
Row confident_row(const Machine& a, std::span<const Number> x, std::size_t target, double classes) {
  const LogitStats rest = stats_of(x, target);
  Row row;
  if (rest.max == -kInfinity) return row;
  const double gap = x[target].as_double() - rest.max;
  row.value = std::log1p(std::exp(rest.lse_minus_max - gap));
  // The terms are e^(x_i - x_t): their arguments are rounded at the size of the gap.
  const double spread = rest.spread + gap;
  row.bound = row.value * (a.u * spread + a.exp_error + a.sum_factor(classes) + a.log_error + 2 * a.u) +
              classes * a.smallest;
  return row;
}

bool is_normal_probability(const Problem& p, const xent_claim& claim, double loss) {
  const Format& compute =
      reference::format(claim.compute_format != 0 ? claim.compute_format : p.input_format);
  return loss < -static_cast<double>(compute.emin) * std::log(2.0);
}

// The bound of lse - x_t for the grades that start from m and S; `loss` is the value itself.
double bound_by_formula(const Problem& p, const xent_claim& claim, Grade grade, const Machine& a,
                        const LogitStats& s, double gap, double loss) {
  const auto classes = static_cast<double>(p.classes);
  double bound = shifted_bound(a, s, gap, loss, classes);
  if (grade == Grade::lse) bound += a.u * std::abs(s.max + s.lse_minus_max);
  if (grade == Grade::online) bound += s.updates * (a.exp_error + 2 * a.u) + a.sum_factor(classes);
  if (grade == Grade::probability && !is_normal_probability(p, claim, loss)) bound = kInfinity;
  return bound;
}

Row logit_row(const Problem& p, const xent_claim& claim, Grade grade, const Machine& a,
              std::span<const Number> x, std::size_t target) {
  const LogitStats s = stats_of(x, kNone);
  if (s.max == -kInfinity || !x[target].is_finite()) return {};
  const double gap = s.max - x[target].as_double();
  if (gap > 0) {
    const double loss = gap + s.lse_minus_max;
    return {loss, bound_by_formula(p, claim, grade, a, s, gap, loss)};
  }
  const Row confident = confident_row(a, x, target, static_cast<double>(x.size()));
  if (grade == Grade::log1p) return confident;
  return {confident.value, bound_by_formula(p, claim, grade, a, s, gap, confident.value)};
}

Row log_sum_exp_row(const Machine& a, std::span<const Number> x) {
  const LogitStats s = stats_of(x, kNone);
  if (s.max == -kInfinity) return {};
  const double value = s.max + s.lse_minus_max;
  return {value,
          shifted_bound(a, s, 0, s.lse_minus_max, static_cast<double>(x.size())) + a.u * std::abs(value)};
}

double as_double(const Number& x) {
  return x.is_double() ? x.as_double() : x.rational().convert_to<double>();
}

// One term weight * ln(argument-like quantities): its value, and |ln p| + |ln q| for the bound.
struct ProbabilityTerm {
  double value = 0;
  double logs = 0;
};

Row probability_row(const Machine& a, const std::vector<double>& weights,
                    const std::vector<ProbabilityTerm>& terms, bool rounds_ratio) {
  Row row;
  double magnitude = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    if (weights[i] == 0) continue;
    row.value += terms[i].value;
    magnitude += std::abs(terms[i].value);
    row.bound += weights[i] * (terms[i].logs * (a.log_error + 2 * a.u) + (rounds_ratio ? a.u : 0));
  }
  const auto n = static_cast<double>(terms.size());
  row.bound += a.sum_factor(n) * magnitude + n * a.smallest;
  return row;
}

Row distribution_row(const Problem& p, const Machine& a, std::int64_t index) {
  const auto q = p.input_row(index);
  const bool is_entropy = p.loss == "entropy";
  const bool is_kl = p.loss == "kl";
  const auto weight_row = is_entropy ? q : p.target_row(index);
  std::vector<double> weights;
  std::vector<ProbabilityTerm> terms;
  for (std::size_t i = 0; i < q.size(); ++i) {
    const double w = as_double(weight_row[i]);
    const double log_w = w > 0 ? std::log(w) : 0;
    const double entry = as_double(q[i]);
    const double log_q = p.input_space == XENT_LOG_PROBABILITIES ? entry : std::log(entry);
    weights.push_back(w);
    terms.push_back(
        {is_kl ? w * (log_w - log_q) : -w * log_q, std::abs(log_q) + (is_kl ? std::abs(log_w) : 0)});
  }
  return probability_row(a, weights, terms, is_kl);
}

Row nll_row(const Problem& p, const Machine& a, std::int64_t index) {
  const double q =
      as_double(p.input_row(index)[static_cast<std::size_t>(p.targets[static_cast<std::size_t>(index)])]);
  const double value = p.input_space == XENT_LOG_PROBABILITIES ? -q : -std::log(q);
  return {value, std::abs(value) * (a.log_error + 2 * a.u)};
}

// lse sum y - sum y x with each product and both sums rounded.
Row soft_row(const Problem& p, const xent_claim& claim, Grade grade, const Machine& a, std::int64_t index) {
  const auto x = p.input_row(index);
  const auto y = p.target_row(index);
  const LogitStats s = stats_of(x, kNone);
  Row total;
  double magnitude = 0;
  for (std::size_t c = 0; c < x.size(); ++c) {
    const double mass = as_double(y[c]);
    if (mass == 0 || !x[c].is_finite()) continue;
    const double gap = s.max - x[c].as_double();
    const double loss = gap + s.lse_minus_max;
    const double bound = gap > a.largest ? kInfinity : bound_by_formula(p, claim, grade, a, s, gap, loss);
    total.value += mass * loss;
    total.bound += mass * (bound + 2 * a.u * (loss + gap));
    magnitude += mass * (loss + gap);
  }
  total.bound += 2 * a.sum_factor(static_cast<double>(x.size())) * magnitude;
  return total;
}

Row row_bound(const Problem& p, const xent_claim& claim, Grade grade, const Machine& a, std::int64_t row) {
  if (p.is_ignored(row)) return {};
  if (p.loss == "entropy" || p.loss == "cross_entropy" || p.loss == "kl") return distribution_row(p, a, row);
  if (p.loss == "log_sum_exp") return log_sum_exp_row(a, p.input_row(row));
  if (p.input_space != XENT_LOGITS) return nll_row(p, a, row);
  if (p.targets.empty()) return soft_row(p, claim, grade, a, row);
  return logit_row(p, claim, grade, a, p.input_row(row),
                   static_cast<std::size_t>(p.targets[static_cast<std::size_t>(row)]));
}

// Another base divides by a rounded ln b; exp adds its own error and the result is rounded.
Row converted(const Problem& p, const Machine& a, Row row) {
  if (p.loss == "perplexity") {
    row.value = std::exp(row.value);
    row.bound = row.value * (std::expm1(row.bound) + a.exp_error + a.u);
  } else if (!p.base.is_zero()) {
    const double scale = std::abs(std::log(as_double(p.base)));
    row.value /= scale;
    // ln b itself carries c_l (relative to a logarithm that is at least as hard as the base is near 1).
    row.bound = row.bound / scale + std::abs(row.value) * (a.log_error + 2 * a.u);
  }
  return row;
}

double mean_divisor(const Problem& p) {
  switch (p.conventions.denominator) {
    case XENT_ALL_ROWS:
      return static_cast<double>(p.rows);
    case XENT_ELEMENTS:
      return static_cast<double>(p.rows) * static_cast<double>(p.classes);
    case XENT_GIVEN:
      return p.conventions.denominator_value;
    default:
      return static_cast<double>(p.valid_rows());
  }
}

Row reduced(const Problem& p, const Machine& a, const std::vector<Row>& rows) {
  Row total;
  double magnitude = 0;
  for (const Row& row : rows) {
    total.value += row.value;
    total.bound += row.bound;
    magnitude += std::abs(row.value);
  }
  total.bound += a.sum_factor(static_cast<double>(rows.size())) * magnitude;
  if (magnitude > a.largest) total.bound = kInfinity;
  if (p.reduction == XENT_MEAN) {
    const double divisor = mean_divisor(p);
    total.value /= divisor;
    total.bound = total.bound / divisor + 2 * a.u * std::abs(total.value);
  }
  return total;
}

double ulp_bound(const Format& format, double value, double ulps) {
  const int exponent = value == 0 ? format.emin : std::ilogb(value);
  return ulps * std::ldexp(1.0, reference::ulp_exponent(format, exponent));
}

double stored(const Problem& p, const xent_claim& claim, const ClaimedGrade& grade, const Machine& a,
              const Row& row) {
  const Format& out = reference::format(p.loss_format);
  const Format& counted = measured_in(p, claim);
  switch (grade.grade) {
    case Grade::correctly_rounded:
      return ulp_bound(counted, row.value, 0.5);
    case Grade::faithful:
      return ulp_bound(counted, row.value, 1);
    case Grade::ulp:
      return ulp_bound(counted, row.value, grade.ulps);
    default:
      break;
  }
  // Storing rounds once more where the output is narrower, and cannot do better than its subnormals.
  const double storing = out.unit_roundoff() > a.u ? out.unit_roundoff() * std::abs(row.value) : 0;
  const double bound = row.bound + storing + std::ldexp(1.0, out.quantum_exponent() - 1);
  return bound * (1 + std::ldexp(1.0, -20));
}

}  // namespace

const Format& measured_in(const Problem& p, const xent_claim& claim) {
  const Format& out = reference::format(p.loss_format);
  const Format& compute =
      reference::format(claim.compute_format != 0 ? claim.compute_format : p.input_format);
  const bool rounds_to_output = parse_grade(claim.grade)->grade <= Grade::faithful;
  return !rounds_to_output && compute.precision < out.precision ? compute : out;
}

std::size_t argmax(std::span<const Number> logits) {
  return static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

std::vector<double> error_bounds(const Problem& p, const xent_claim& claim, const ClaimedGrade& grade) {
  const Machine machine = machine_of(p, claim);
  std::vector<Row> rows;
  for (std::int64_t row = 0; row < p.rows; ++row)
    rows.push_back(row_bound(p, claim, grade.grade, machine, row));
  if (p.reduction != XENT_NONE) rows = {reduced(p, machine, rows)};
  std::vector<double> bounds;
  for (const Row& row : rows) bounds.push_back(stored(p, claim, grade, machine, converted(p, machine, row)));
  return bounds;
}

std::vector<double> error_bounds(const Problem& p, const xent_claim& claim) {
  return error_bounds(p, claim, *parse_grade(claim.grade));
}

}  // namespace xent::properties
