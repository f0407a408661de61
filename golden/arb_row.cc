#include "golden/arb_row.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "golden/arb_softmax.h"

namespace xent::arb {
namespace {

const Exact kOne = 1;
const Exact kMinusOne = -1;

bool has_nan(const Elements& x) {
  return std::any_of(x.begin(), x.end(), [](const Element& e) { return e.is_nan(); });
}

// What multiplies the -ln p of one class: none if nothing does, so that no convention is asked.
using Mass = std::optional<Exact>;
// nullopt: a weight that is multiplied is NaN.
using Masses = std::optional<std::vector<Mass>>;

// Weights of classes, and whether a NaN was among those asked for.
class ClassWeights {
 public:
  explicit ClassWeights(const Elements& weights) : weights_(weights) {}
  Exact of(std::size_t c) {
    if (weights_.empty()) return kOne;
    has_nan_ = has_nan_ || weights_[c].is_nan();
    return weights_[c].value;
  }
  bool has_nan() const { return has_nan_; }

 private:
  const Elements& weights_;
  bool has_nan_ = false;
};

// The part of label smoothing in the mass of class c.
Exact smoothing_mass(const Question& q, const LossRow& row, std::size_t c, ClassWeights& weights) {
  const auto classes = static_cast<slong>(row.x.size());
  const bool others = q.smoothing_mass == "others";
  if (others && c == row.target) return {};
  Exact mass = q.smoothing / Exact(others ? classes - 1 : classes);
  if (q.smoothing_weights == "unweighted") return mass;
  return mass * weights.of(q.smoothing_weights == "by_target" ? row.target.value_or(0) : c);
}

// Whether only a hard label counts on class c.
bool is_left_out(const Question& q, const LossRow& row, std::size_t c) {
  return q.leaves_out_masked && q.has_logits() && q.softcap.sign() == 0 &&
         row.x[c].kind == Element::kMinusInfinity;
}

Masses masses_of(const Question& q, const LossRow& row) {
  ClassWeights weights(q.class_weights);
  std::vector<Mass> masses(row.x.size());
  const bool is_smoothed = q.smoothing.sign() != 0;
  const Exact kept = kOne - q.smoothing;
  for (std::size_t c = 0; c < masses.size(); ++c) {
    if (!row.y.empty()) {
      masses[c] = kept * weights.of(c) * row.y[c].value;
    } else if (c == row.target) {
      masses[c] = kept * weights.of(c);
    } else if (is_smoothed) {
      masses[c] = Exact(0);
    }
    const Exact smoothed = is_smoothed ? smoothing_mass(q, row, c, weights) : Exact(0);
    if (!is_left_out(q, row, c)) {
      if (is_smoothed) masses[c] = *masses[c] + smoothed;
    } else if (c != row.target) {
      masses[c] = std::nullopt;
    }
  }
  if (weights.has_nan()) return std::nullopt;
  return masses;
}

Exact total(const std::vector<Mass>& masses) {
  Exact sum;
  for (const Mass& mass : masses) sum = sum + mass.value_or(Exact(0));
  return sum;
}

// What a label out of range would have put on its class: all but what smoothing puts on the others.
Exact missing_mass(const Question& q, const LossRow& row) {
  if (row.untargeted.empty()) return {};
  ClassWeights weights(q.class_weights);
  Exact rest = kOne;
  for (std::size_t c = 0; c < row.x.size() && q.smoothing.sign() != 0; ++c)
    rest = rest - smoothing_mass(q, row, c, weights);
  return rest;
}

// -ln q, of q or of its logarithm. Domain: not NaN.
Value surprisal(const Question& q, const Element& entry) {
  if (!entry.is_finite()) return Value::infinity(entry.kind == Element::kPlusInfinity ? -1 : 1);
  if (q.has_logs()) return -entry.value;
  if (entry.value.sign() == 0) return Value::infinity(1);
  Value value;
  if (entry.value.compare(kOne) != 0) value.add(kMinusOne, Sum(logarithm(entry.value)));
  return value;
}

// Logits that have a softmax, or the reason why not.
enum class LogitKind { kDefined, kUndefined, kAllMasked };

LogitKind kind_of(const Question& q, const LossRow& row) {
  const bool capped = q.softcap.sign() != 0;
  bool all_masked = !capped;
  for (const Element& x : row.x) {
    if (x.is_nan() || (x.kind == Element::kPlusInfinity && !capped)) return LogitKind::kUndefined;
    all_masked = all_masked && !x.is_finite();
  }
  return all_masked ? LogitKind::kAllMasked : LogitKind::kDefined;
}

// -ln p_c.
Value surprisal(const Softmax& softmax, std::size_t c) {
  if (softmax.is_masked(c)) return Value::infinity(1);
  Value value;
  value.add(kOne, softmax.gap(c));
  value.add(kOne, softmax.tail());
  return value;
}

Value all_masked_loss(const Question& q) {
  if (q.all_masked == "infinity") return Value::infinity(1);
  return q.all_masked == "zero" ? Value() : Value::nan();
}

using OfClass = std::function<Value(std::size_t)>;

Value weighted_loss(const Question& q, const std::vector<Mass>& masses, const OfClass& surprisal_of) {
  Value value;
  for (std::size_t c = 0; c < masses.size(); ++c) {
    if (masses[c]) value.add(*masses[c], surprisal_of(c), q.zero_is_nan);
  }
  return value;
}

LossParts softmax_cross_entropy(const Question& q, const LossRow& row) {
  const Masses masses = masses_of(q, row);
  const LogitKind kind = kind_of(q, row);
  if (!masses || kind == LogitKind::kUndefined || has_nan(row.y)) return {Value::nan(), {}};
  if (kind == LogitKind::kAllMasked) return {all_masked_loss(q), {}};
  const Softmax softmax(row.x, q.softcap);
  LossParts parts{weighted_loss(q, *masses, [&](std::size_t c) { return surprisal(softmax, c); }), {}};
  if (!row.untargeted.empty())
    parts.loss.add(missing_mass(q, row), row.untargeted == "lse" ? softmax.lse() : softmax.tail());
  if (q.z_loss.sign() != 0) parts.z_loss.add(q.z_loss, softmax.lse() * softmax.lse());
  return parts;
}

Sum power(const Exact& x) {
  return x.sign() == 0 ? Sum(Exact(1)) : Sum(power_of_e(x));
}

// ln q. Domain: q is not impossible.
Sum log_of(const Question& q, const Element& entry) {
  if (q.has_logs()) return entry.value;
  return entry.value.compare(kOne) == 0 ? Sum() : Sum(logarithm(entry.value));
}

// cross_entropy and kl of P given as logarithms l: sum e^l (0 or l, less ln q).
Value of_log_targets(const Question& q, const LossRow& row) {
  if (has_nan(row.x) || has_nan(row.y)) return Value::nan();
  Value value;
  for (std::size_t c = 0; c < row.x.size(); ++c) {
    const Element& entry = row.x[c];
    const bool impossible = q.has_logs() ? entry.kind == Element::kMinusInfinity : entry.value.sign() == 0;
    const bool counts = row.y[c].is_finite();
    if (!counts) {
      if (impossible && q.zero_is_nan) return Value::nan();
    } else if (impossible || !entry.is_finite()) {
      value.add_special(impossible ? Element::kPlusInfinity : Element::kMinusInfinity);
    } else {
      Sum difference = q.loss == "kl" ? Sum(row.y[c].value) : Sum();
      difference.add(kMinusOne, log_of(q, entry));
      value.add(kOne, power(row.y[c].value) * difference);
    }
  }
  return value;
}

// cross_entropy and nll.
Value cross_entropy(const Question& q, const LossRow& row) {
  if (q.log_targets) return of_log_targets(q, row);
  const Masses masses = masses_of(q, row);
  if (!masses || has_nan(row.x) || has_nan(row.y)) return Value::nan();
  return weighted_loss(q, *masses, [&](std::size_t c) { return surprisal(q, row.x[c]); });
}

Value entropy(const Question& q, const LossRow& row) {
  if (has_nan(row.x)) return Value::nan();
  Value value;
  for (const Element& p : row.x) value.add(p.value, surprisal(q, p), false);  // 0 ln 0 is 0 by definition
  return value;
}

// kl and generalised_kl.
Value divergence(const Question& q, const LossRow& row) {
  if (q.log_targets) return of_log_targets(q, row);
  if (has_nan(row.x) || has_nan(row.y)) return Value::nan();
  Question natural = q;
  natural.space = "probabilities";
  Value value;
  for (std::size_t c = 0; c < row.x.size(); ++c) {
    const Exact& p = row.y[c].value;
    value.add(p, surprisal(q, row.x[c]), q.zero_is_nan);
    if (p.sign() != 0) value.add(-p, surprisal(natural, row.y[c]), false);
    if (q.loss == "generalised_kl") value.add(kOne, Sum(row.x[c].value - p));
  }
  return value;
}

Value log_sum_exp(const Question& q, const LossRow& row) {
  const LogitKind kind = kind_of(q, row);
  if (kind == LogitKind::kUndefined) return Value::nan();
  if (kind == LogitKind::kAllMasked) return Value::infinity(-1);
  Value value;
  value.add(kOne, Softmax(row.x, q.softcap).lse());
  return value;
}

// Derivatives: those of the classes times the factors. What is undefined is so in all classes.
using Entries = std::vector<Value>;

Entries nan_entries(const LossRow& row) {
  return {row.x.size(), Value::nan()};
}

// (A p + 2 L lse p - a) times the slope of what the logits became, A and a of the loss and L of the z-loss. A
// masked class, or an infinite logit under a cap, moves nothing.
Entries logit_gradient(const Question& q, const LossRow& row, const std::vector<Mass>& masses,
                       const PartFactors& factors) {
  const Softmax softmax(row.x, q.softcap);
  const Exact all = (q.unit_mass ? kOne : total(masses) + missing_mass(q, row)) * factors.loss;
  Sum of_share = all;
  const Exact z_weight = Exact(2) * q.z_loss * factors.z_loss;
  if (z_weight.sign() != 0) of_share.add(z_weight, softmax.lse());
  Entries entries(row.x.size());
  for (std::size_t c = 0; c < entries.size(); ++c) {
    if (!row.x[c].is_finite()) continue;
    entries[c].add(q.stretch, of_share * softmax.share(c));
    entries[c].add(q.stretch, Sum(-(masses[c].value_or(Exact(0)) * factors.loss)));
    entries[c].multiply_by(softmax.slope(c));
  }
  return entries;
}

Entries softmax_gradient(const Question& q, const LossRow& row, const PartFactors& factors) {
  if (kind_of(q, row) != LogitKind::kDefined || has_nan(row.y)) return nan_entries(row);
  if (q.loss != "log_sum_exp") {
    const Masses masses = masses_of(q, row);
    return masses ? logit_gradient(q, row, *masses, factors) : nan_entries(row);
  }
  Question plain = q;
  plain.unit_mass = true;
  plain.z_loss = 0;
  return logit_gradient(plain, row, std::vector<Mass>(row.x.size()), factors);
}

// -mass / q of q, and -mass of its logarithm, in which the loss is linear.
Value minus_ratio(const Question& q, const Exact& mass, const Element& entry) {
  if (q.has_logs()) return -mass;
  if (entry.value.sign() != 0) return -(mass / entry.value);
  if (mass.sign() != 0) return Value::infinity(-mass.sign());
  return q.zero_is_nan ? Value::nan() : Value();
}

// The derivative of the loss by class c, unweighted.
Value probability_derivative(const Question& q, const LossRow& row, const std::vector<Mass>& masses,
                             std::size_t c) {
  if (q.loss == "entropy") {
    Value value = surprisal(q, row.x[c]);
    value.add(kMinusOne, Sum(kOne));
    return value;
  }
  if (q.loss != "kl" && q.loss != "generalised_kl")
    return masses[c] ? minus_ratio(q, *masses[c], row.x[c]) : Value();
  Value value = minus_ratio(q, row.y[c].value, row.x[c]);
  if (q.loss == "generalised_kl") value.add(kOne, Sum(kOne));
  return value;
}

bool takes_masses(const std::string& loss) {
  return loss != "entropy" && loss != "kl" && loss != "generalised_kl" && loss != "log_sum_exp";
}

// -e^l / q of q, -e^l of its logarithm.
Entries gradient_beside_log_targets(const Question& q, const LossRow& row, const PartFactors& factors) {
  Entries entries(row.x.size());
  for (std::size_t c = 0; c < entries.size(); ++c) {
    if (row.y[c].is_finite() && (q.has_logs() || row.x[c].value.sign() != 0)) {
      const Exact divisor = q.has_logs() ? kOne : row.x[c].value;
      entries[c].add(-factors.loss / divisor, power(row.y[c].value));
    } else {
      entries[c].add(factors.loss, minus_ratio(q, Exact(row.y[c].is_finite() ? 1 : 0), row.x[c]),
                     q.zero_is_nan);
    }
  }
  return entries;
}

// Derivatives by the numbers that a row was made of. L is a function of x = r / S, S = sum r, say, so that
//   dL/dr_j = dL/dx_j / S - sum_c dL/dx_c x_c / S,
// where a clip before or after lets through what it does not change. `derivative` and `logarithmic` are
// dL/dx_c and x_c dL/dx_c, which may be finite where the former is not.
Entries by_what_was_given(const Question& q, const Making& made, std::size_t classes, const Exact& factor,
                          const OfClass& derivative, const OfClass& logarithmic) {
  const auto is_flat = [&](std::size_t c) { return !made.is_clipped.empty() && made.is_clipped[c]; };
  const bool is_divided = made.divisor.sign() != 0;
  const Exact inner = is_divided ? factor / made.divisor : factor;
  Value drift;
  for (std::size_t c = 0; c < classes && is_divided; ++c) {
    if (made.clip_first || !is_flat(c)) drift.add(inner, logarithmic(c), q.zero_is_nan);
  }
  Entries entries(classes);
  for (std::size_t c = 0; c < classes; ++c) {
    if (!is_flat(c)) entries[c].add(inner, derivative(c), q.zero_is_nan);
    if (!is_flat(c) || !made.clip_first) entries[c].add(kMinusOne, drift, q.zero_is_nan);
  }
  return entries;
}

// p ln(1/p), which is 0 for 0.
Value own_surprisal(const Exact& p) {
  Value value;
  if (p.sign() != 0 && p.compare(kOne) != 0) value.add(-p, Sum(logarithm(p)));
  return value;
}

// q dL/dq.
Value logarithmic_derivative(const Question& q, const LossRow& row, const std::vector<Mass>& masses,
                             std::size_t c) {
  const Exact& x = row.x[c].value;
  if (q.loss == "entropy") {
    Value value = own_surprisal(x);
    value.add(kMinusOne, Sum(x));
    return value;
  }
  if (q.loss == "kl") return -row.y[c].value;
  if (q.loss == "generalised_kl") return x - row.y[c].value;
  return masses[c] ? Value(-*masses[c]) : Value();
}

Entries probability_gradient(const Question& q, const LossRow& row, const PartFactors& factors) {
  const Masses masses = takes_masses(q.loss) ? masses_of(q, row) : std::vector<Mass>();
  if (!masses || has_nan(row.x) || has_nan(row.y)) return nan_entries(row);
  if (q.log_targets) return gradient_beside_log_targets(q, row, factors);
  return by_what_was_given(
      q, row.of_x, row.x.size(), factors.loss,
      [&](std::size_t c) { return probability_derivative(q, row, *masses, c); },
      [&](std::size_t c) { return logarithmic_derivative(q, row, *masses, c); });
}

// (1 - a) w -ln p, p being the softmax or the input.
Entries mass_gradient(const Question& q, const LossRow& row, const PartFactors& factors,
                      const OfClass& surprisal_of) {
  if (!masses_of(q, row)) return nan_entries(row);
  ClassWeights weights(q.class_weights);
  const auto derivative = [&](std::size_t c) {
    Value value;
    if (!is_left_out(q, row, c))
      value.add((kOne - q.smoothing) * weights.of(c), surprisal_of(c), q.zero_is_nan);
    return value;
  };
  const auto logarithmic = [&](std::size_t c) {
    Value value;
    value.add(row.y[c].value, derivative(c), q.zero_is_nan);
    return value;
  };
  return by_what_was_given(q, row.of_y, row.x.size(), factors.loss, derivative, logarithmic);
}

// ln(p / q), and 1 more for kl.
Entries divergence_target_gradient(const Question& q, const LossRow& row, const PartFactors& factors) {
  Question natural = q;
  natural.space = "probabilities";
  const Exact more = q.loss == "kl" ? 1 : 0;
  const auto derivative = [&](std::size_t c) {
    Value value = surprisal(q, row.x[c]);
    value.add(kMinusOne, surprisal(natural, row.y[c]), false);
    value.add(kOne, Sum(more));
    return value;
  };
  const auto logarithmic = [&](std::size_t c) {
    const Exact& p = row.y[c].value;
    Value value;
    value.add(p, surprisal(q, row.x[c]), q.zero_is_nan);
    value.add(kMinusOne, own_surprisal(p), false);
    value.add(more, Sum(p));
    return value;
  };
  return by_what_was_given(q, row.of_y, row.x.size(), factors.loss, derivative, logarithmic);
}

// e^l (-ln q), and for kl e^l (l + 1 - ln q), of P as logarithms l.
Entries gradient_by_log_targets(const Question& q, const LossRow& row, const PartFactors& factors) {
  Entries entries(row.x.size());
  for (std::size_t c = 0; c < entries.size(); ++c) {
    const Value of_q = surprisal(q, row.x[c]);
    Value value;
    if (!row.y[c].is_finite()) {
      value.add(Exact(0), of_q.special == Element::kPlusInfinity ? of_q : Value(), q.zero_is_nan);
    } else if (of_q.is_special()) {
      value = of_q;
    } else {
      Sum sum = q.loss == "kl" ? Sum(row.y[c].value + kOne) : Sum();
      sum.add(kMinusOne, log_of(q, row.x[c]));
      value.add(kOne, power(row.y[c].value) * sum);
    }
    entries[c].add(factors.loss, value, q.zero_is_nan);
  }
  return entries;
}

}  // namespace

LossParts row_loss(const Question& q, const LossRow& row) {
  if (q.loss == "entropy") return {entropy(q, row), {}};
  if (q.loss == "kl" || q.loss == "generalised_kl") return {divergence(q, row), {}};
  if (q.loss == "log_sum_exp") return {log_sum_exp(q, row), {}};
  if (q.has_logits()) return softmax_cross_entropy(q, row);
  return {cross_entropy(q, row), {}};
}

std::vector<Value> row_entries(const Question& q, const LossRow& row) {
  if (kind_of(q, row) != LogitKind::kDefined) return nan_entries(row);
  const Softmax softmax(row.x, q.softcap);
  Entries entries(row.x.size());
  for (std::size_t c = 0; c < entries.size(); ++c) {
    if (q.loss == "softmax") {
      entries[c].add(kOne, softmax.share(c));
    } else {
      entries[c].add(kMinusOne, surprisal(softmax, c), false);
    }
  }
  return entries;
}

std::vector<Value> row_gradient(const Question& q, const LossRow& row, const PartFactors& factors) {
  if (q.loss == "softmax" || q.loss == "log_softmax")
    throw std::runtime_error("wanted: no gradient of " + q.loss + " is known to this oracle");
  return q.has_logits() ? softmax_gradient(q, row, factors) : probability_gradient(q, row, factors);
}

std::vector<Value> row_target_gradient(const Question& q, const LossRow& row, const PartFactors& factors) {
  if (row.y.empty()) throw std::runtime_error("wanted: there are no target_probs to derive by");
  if (has_nan(row.y)) return nan_entries(row);
  if (q.has_logits()) {
    if (kind_of(q, row) != LogitKind::kDefined) return nan_entries(row);
    const Softmax softmax(row.x, q.softcap);
    return mass_gradient(q, row, factors, [&](std::size_t c) { return surprisal(softmax, c); });
  }
  if (has_nan(row.x)) return nan_entries(row);
  if (q.log_targets) return gradient_by_log_targets(q, row, factors);
  if (q.loss == "cross_entropy")
    return mass_gradient(q, row, factors, [&](std::size_t c) { return surprisal(q, row.x[c]); });
  return divergence_target_gradient(q, row, factors);
}

}  // namespace xent::arb
