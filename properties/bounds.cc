#include "properties/bounds.h"

#include <algorithm>
#include <cmath>

#include "properties/divisors.h"
#include "properties/gradient_bounds.h"
#include "properties/probability_bounds.h"
#include "properties/softmax_bounds.h"
#include "reference/certify.h"

namespace xent::properties {
namespace {

using reference::Format;
using reference::Number;
using reference::Problem;

// The loss of a row and its z-loss, which a mean may divide by another number.
struct RowBounds {
  Bounded loss;
  Bounded z_loss;
};

void times(Bounded& x, double factor, const Machine& a) {
  if (a.overflows(std::abs(x.value))) x.bound = HUGE_VAL;  // even if the product does not
  x.value *= factor;
  x.bound = x.bound * std::abs(factor) + a.u * std::abs(x.value) + a.smallest;
}

RowBounds row_of_logits(const Problem& p, Grade grade, const Machine& a, std::int64_t row) {
  const SoftmaxRowBounds bounds(p, grade, a, row);
  if (bounds.logits.overflows) return {{0, HUGE_VAL}, {}};
  if (p.loss == "log_sum_exp") return {bounds.log_sum_exp(), {}};
  return {bounds.cross_entropy(masses_of(p, a, row)), bounds.z_loss()};
}

RowBounds row_bounds(const Problem& p, Grade grade, const Machine& a, std::int64_t row) {
  if (p.is_ignored(row) || p.is_out_of_range(row)) return {};
  RowBounds bounds = p.input_space == XENT_LOGITS ? row_of_logits(p, grade, a, row)
                                                  : RowBounds{probability_row(p, a, row), {}};
  if (!p.sample_weights.empty()) {
    const double weight = weight_at(p.sample_weights, row);
    times(bounds.loss, weight, a);
    if (!p.z_loss.is_zero()) times(bounds.z_loss, weight, a);
  }
  return bounds;
}

Bounded sum_of(const RowBounds& row, const Machine& a) {
  if (row.z_loss.value == 0 && row.z_loss.bound == 0) return row.loss;
  const double value = row.loss.value + row.z_loss.value;
  // The two may be weighted together, after their sum.
  const double rounded = 2 * a.u * (std::abs(row.loss.value) + std::abs(row.z_loss.value));
  return {value, row.loss.bound + row.z_loss.bound + rounded};
}

// Another base divides by a rounded ln b; exp adds its own error and the result is rounded.
Bounded converted(const Problem& p, const Machine& a, Bounded x) {
  if (p.loss == "perplexity") {
    x.value = std::exp(x.value);
    x.bound = x.value * (std::expm1(x.bound) + a.exp_error + a.u);
  } else if (!p.base.is_zero()) {
    const double scale = std::abs(std::log(as_double(p.base)));
    // Sound code has the logarithm in nats first.
    if (a.overflows(std::abs(x.value))) return {x.value / scale, HUGE_VAL};
    x.value /= scale;
    // ln b itself carries c_l (relative to a logarithm that is at least as hard as the base is near 1).
    x.bound = x.bound / scale + std::abs(x.value) * (a.log_error + 2 * a.u);
  }
  return x;
}

struct Total {
  Bounded sum;
  double magnitude = 0;

  void add(const Bounded& x) {
    sum.value += x.value;
    sum.bound += x.bound;
    magnitude += std::abs(x.value);
  }
  // The errors of the additions, and of the division.
  Bounded over(double divisor, double error, double rows, const Machine& a) const {
    if (a.overflows(magnitude)) return {sum.value / divisor, HUGE_VAL};
    const double bound = sum.bound + a.sum_factor(rows) * magnitude;
    return {sum.value / divisor, (bound + error * std::abs(sum.value)) / divisor};
  }
};

Bounded reduced(const Problem& p, const Machine& a, const std::vector<RowBounds>& rows) {
  const Divisors divisors = divisors_of(p, a);
  if (divisors.is_empty) return {};
  Total loss;
  Total z_loss;
  for (const RowBounds& row : rows) {
    loss.add(row.loss);
    z_loss.add(row.z_loss);
  }
  const auto n = static_cast<double>(rows.size());
  return sum_of(
      {loss.over(divisors.loss, divisors.error, n, a), z_loss.over(divisors.z_loss, divisors.error, n, a)},
      a);
}

// The entries of softmax and log_softmax.
void append_entries(const Problem& p, Grade grade, const Machine& a, std::int64_t row,
                    std::vector<Bounded>& entries) {
  const SoftmaxRowBounds bounds(p, grade, a, row);
  for (std::size_t c = 0; c < static_cast<std::size_t>(p.classes); ++c) {
    if (bounds.logits.overflows) {
      entries.push_back({0, HUGE_VAL});
    } else if (p.loss == "log_softmax") {
      const Bounded surprisal = bounds.surprisal(c);
      entries.push_back({-surprisal.value, surprisal.bound});
    } else {
      const double probability = bounds.probability(c);
      entries.push_back({probability, probability * bounds.probability_error(c) +
                                          static_cast<double>(p.classes + 2) * a.smallest});
    }
  }
}

std::vector<Bounded> loss_bounds(const Problem& p, Grade grade, const Machine& a) {
  const bool is_matrix = reference::find_loss(p.loss)->entries != nullptr;
  std::vector<RowBounds> rows;
  std::vector<Bounded> values;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (is_matrix) {
      append_entries(p, grade, a, row, values);
    } else {
      rows.push_back(row_bounds(p, grade, a, row));
    }
  }
  if (!is_matrix && p.reduction != XENT_NONE) {
    values.push_back(reduced(p, a, rows));
  } else {
    for (const RowBounds& row : rows) values.push_back(sum_of(row, a));
  }
  for (Bounded& value : values) value = converted(p, a, value);
  return values;
}

// 2^exponent times the factor, and no less than binary64 can say: half of its last subnormal is none.
double scaled_up(double factor, int exponent) {
  return std::max(std::ldexp(factor, exponent), 0x1p-1074);
}

double ulp_bound(const Format& format, double value, double ulps) {
  const int exponent = value == 0 ? format.emin : std::ilogb(value);
  // Beyond the range of the format the last place goes on growing.
  const int ulp =
      exponent > format.emax ? exponent - format.precision + 1 : reference::ulp_exponent(format, exponent);
  return scaled_up(ulps, ulp);
}

// Where the grade counts ulps, what matters is how large the value is, and how well binary64 knows that.
Machine machine_for(const Problem& p, const xent_claim& claim, Grade grade) {
  if (grade > Grade::ulp) return machine_of(p, claim);
  xent_claim own = claim;
  own.compute_format = XENT_BINARY64;
  own.exp_error = own.log_error = 0;
  own.summation = XENT_SEQUENTIAL;
  own.guarantees = 0;
  return machine_of(p, own);
}

double stored(const Problem& p, const xent_claim& claim, const ClaimedGrade& grade, const Machine& a,
              const Bounded& x) {
  const Format& out = reference::format(p.loss_format);
  const Format& counted = measured_in(p, claim);
  if (grade.grade <= Grade::ulp) {
    const double ulps = grade.grade == Grade::ulp ? grade.ulps : grade.grade == Grade::faithful ? 1 : 0.5;
    const double most = std::abs(x.value) + x.bound;
    if (!std::isfinite(most)) return HUGE_VAL;
    // A label on a masked class leaves a choice, which is nothing of ulps.
    const bool has_choice =
        p.wanted == reference::Wanted::gradient && p.input_space == XENT_LOGITS && x.value == 0;
    return std::max(ulp_bound(counted, most, ulps), has_choice ? x.bound : 0);
  }
  // Storing rounds once more where the output is narrower, and cannot do better than its subnormals.
  const double storing = out.unit_roundoff() > a.u ? out.unit_roundoff() * (std::abs(x.value) + x.bound) : 0;
  const double bound = x.bound + storing + scaled_up(1, out.quantum_exponent() - 1);
  // 0 times an intermediate that overflows.
  return std::isnan(bound) ? HUGE_VAL : bound * (1 + std::ldexp(1.0, -20));
}

}  // namespace

ClaimedGrade judged_grade(const Problem& p, const xent_claim& claim) {
  const ClaimedGrade claimed = *parse_grade(claim.grade);
  if (p.wanted == reference::Wanted::loss) return claimed;
  switch (claimed.grade) {
    case Grade::correctly_rounded:
    case Grade::faithful:
      return {Grade::faithful, 0};
    case Grade::ulp:
    case Grade::log1p:
      return {Grade::shifted, 0};
    default:
      return claimed;
  }
}

Format measured_in(const Problem& p, const xent_claim& claim) {
  const Format& out = reference::format(p.loss_format);
  const Format& compute =
      reference::format(claim.compute_format != 0 ? claim.compute_format : p.input_format);
  const bool rounds_to_output = judged_grade(p, claim).grade <= Grade::faithful;
  Format measured = !rounds_to_output && compute.precision < out.precision ? compute : out;
  // It overflows where the output does, and ends in no smaller number.
  measured.emax = std::min(measured.emax, out.emax);
  measured.emin = std::max(measured.emin, out.quantum_exponent() + measured.precision - 1);
  return measured;
}

std::size_t argmax(std::span<const Number> logits) {
  return static_cast<std::size_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

std::vector<double> error_bounds(const Problem& p, const xent_claim& claim, const ClaimedGrade& grade) {
  const Machine machine = machine_for(p, claim, grade.grade);
  const bool is_gradient = p.wanted == reference::Wanted::gradient;
  std::vector<Bounded> values;
  if (!is_gradient || p.loss == "perplexity") values = loss_bounds(p, grade.grade, machine);
  if (is_gradient) {
    const auto perplexity = values.empty() ? std::nullopt : std::optional(values.front());
    values = gradient_bounds(p, grade.grade, machine, perplexity);
  }
  std::vector<double> bounds;
  bounds.reserve(values.size());
  for (const Bounded& value : values) bounds.push_back(stored(p, claim, grade, machine, value));
  return bounds;
}

std::vector<double> error_bounds(const Problem& p, const xent_claim& claim) {
  return error_bounds(p, claim, judged_grade(p, claim));
}

std::vector<double> confident_gradient_bounds(const Problem& p, const xent_claim& claim) {
  const Machine machine = machine_for(p, claim, judged_grade(p, claim).grade);
  const Format& counted = measured_in(p, claim);
  std::vector<double> bounds;
  for (std::int64_t row = 0; row < p.rows; ++row) {
    const Bounded x = confident_gradient(p, machine, row);
    // Claims of correct rounding and faithfulness count ulps.
    bounds.push_back(judged_grade(p, claim).grade == Grade::faithful
                         ? ulp_bound(counted, x.value, 1)
                         : stored(p, claim, {Grade::log1p, 0}, machine, x));
  }
  return bounds;
}

}  // namespace xent::properties
