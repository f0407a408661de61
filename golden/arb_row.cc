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

// What multiplies the -ln p of one class, a + b e^l with rational a, b and l: none if nothing does, so that
// no convention is asked.
using Mass = std::optional<Sum>;
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
      masses[c] = kept * weights.of(c) * probability(q.log_targets, row.y[c]);
    } else if (c == row.target) {
      masses[c] = kept * weights.of(c);
    } else if (is_smoothed) {
      masses[c] = Sum();
    }
    const Exact smoothed = is_smoothed ? smoothing_mass(q, row, c, weights) : Exact(0);
    if (!is_left_out(q, row, c)) {
      if (is_smoothed) masses[c]->add(kOne, smoothed);
    } else if (c != row.target) {
      masses[c] = std::nullopt;
    }
  }
  if (weights.has_nan()) return std::nullopt;
  return masses;
}

Sum total(const std::vector<Mass>& masses) {
  Sum sum;
  for (const Mass& mass : masses) sum.add(kOne, mass.value_or(Sum()));
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
Value surprisal(bool is_log, const Element& entry) {
  if (!entry.is_finite()) return Value::infinity(entry.kind == Element::kPlusInfinity ? -1 : 1);
  if (is_log) return -entry.value;
  if (entry.value.sign() == 0) return Value::infinity(1);
  Value value;
  if (entry.value.compare(kOne) != 0) value.add(kMinusOne, Sum(logarithm(entry.value)));
  return value;
}

// p ln(1/p), which is 0 for 0.
Value own_surprisal(bool is_log, const Element& p) {
  Value value;
  value.add(probability(is_log, p), surprisal(is_log, p), false);
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

// cross_entropy and nll.
Value cross_entropy(const Question& q, const LossRow& row) {
  const Masses masses = masses_of(q, row);
  if (!masses || has_nan(row.x) || has_nan(row.y)) return Value::nan();
  return weighted_loss(q, *masses, [&](std::size_t c) { return surprisal(q.has_logs(), row.x[c]); });
}

Value entropy(const Question& q, const LossRow& row) {
  if (has_nan(row.x)) return Value::nan();
  Value value;
  for (const Element& p : row.x) value.add(kOne, own_surprisal(q.has_logs(), p), false);
  return value;
}

// kl and generalised_kl.
Value divergence(const Question& q, const LossRow& row) {
  if (has_nan(row.x) || has_nan(row.y)) return Value::nan();
  Value value;
  for (std::size_t c = 0; c < row.x.size(); ++c) {
    const Sum p = probability(q.log_targets, row.y[c]);
    value.add(p, surprisal(q.has_logs(), row.x[c]), q.zero_is_nan);
    value.add(kMinusOne, own_surprisal(q.log_targets, row.y[c]), false);
    if (q.loss != "generalised_kl") continue;
    value.add(kOne, probability(q.has_logs(), row.x[c]));
    value.add(kMinusOne, p);
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
  Sum all = q.unit_mass ? kOne : missing_mass(q, row);
  if (!q.unit_mass) all.add(kOne, total(masses));
  const Division whole = softmax.divide(all * factors.loss);
  const Sum of_share = Exact(2) * q.z_loss * (factors.z_loss * softmax.lse());
  Entries entries(row.x.size());
  for (std::size_t c = 0; c < entries.size(); ++c) {
    if (!row.x[c].is_finite()) continue;
    entries[c].add(q.stretch, softmax.part(whole, c));
    if (!of_share.is_zero()) entries[c].add(q.stretch, of_share * softmax.share(c));
    entries[c].add(-(q.stretch * factors.loss), masses[c].value_or(Sum()));
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

// -mass / q.
Value minus_ratio(const Question& q, const Sum& mass, const Exact& x) {
  if (x.sign() != 0) return Value(mass * (kMinusOne / x));
  if (!mass.is_zero()) return Value::infinity(-mass.sign());
  return q.zero_is_nan ? Value::nan() : Value();
}

// The derivative of the loss by a probability of class c, unweighted.
Value probability_derivative(const Question& q, const LossRow& row, const std::vector<Mass>& masses,
                             std::size_t c) {
  const Element& x = row.x[c];
  if (q.loss == "entropy") {
    Value value = surprisal(false, x);
    value.add(kMinusOne, Sum(kOne));
    return value;
  }
  if (q.loss != "kl" && q.loss != "generalised_kl")
    return masses[c] ? minus_ratio(q, *masses[c], x.value) : Value();
  Value value = minus_ratio(q, probability(q.log_targets, row.y[c]), x.value);
  if (q.loss == "generalised_kl") value.add(kOne, Sum(kOne));
  return value;
}

bool takes_masses(const std::string& loss) {
  return loss != "entropy" && loss != "kl" && loss != "generalised_kl" && loss != "log_sum_exp";
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
  drift.shorten();
  Entries entries(classes);
  for (std::size_t c = 0; c < classes; ++c) {
    if (!is_flat(c)) entries[c].add(inner, derivative(c), q.zero_is_nan);
    if (!is_flat(c) || !made.clip_first) entries[c].add(kMinusOne, drift, q.zero_is_nan);
  }
  return entries;
}

// q dL/dq, which is the derivative by ln q.
Value logarithmic_derivative(const Question& q, const LossRow& row, const std::vector<Mass>& masses,
                             std::size_t c) {
  const auto x = [&] { return probability(q.has_logs(), row.x[c]); };
  if (takes_masses(q.loss)) return masses[c] ? Value(*masses[c] * kMinusOne) : Value();
  Value value;
  if (q.loss == "entropy") {
    value.add(kOne, own_surprisal(q.has_logs(), row.x[c]), false);
    value.add(kMinusOne, x());
    return value;
  }
  if (q.loss == "generalised_kl") value.add(kOne, x());
  value.add(kMinusOne, probability(q.log_targets, row.y[c]));
  return value;
}

Entries probability_gradient(const Question& q, const LossRow& row, const PartFactors& factors) {
  const Masses masses = takes_masses(q.loss) ? masses_of(q, row) : std::vector<Mass>();
  if (!masses || has_nan(row.x) || has_nan(row.y)) return nan_entries(row);
  const OfClass logarithmic = [&](std::size_t c) { return logarithmic_derivative(q, row, *masses, c); };
  const OfClass derivative = [&](std::size_t c) { return probability_derivative(q, row, *masses, c); };
  return by_what_was_given(q, row.of_x, row.x.size(), factors.loss, q.has_logs() ? logarithmic : derivative,
                           logarithmic);
}

// Of P or of ln P, which moves P by p.
Entries by_targets_given(const Question& q, const LossRow& row, const PartFactors& factors,
                         const OfClass& derivative, const OfClass& logarithmic) {
  return by_what_was_given(q, row.of_y, row.x.size(), factors.loss, q.log_targets ? logarithmic : derivative,
                           logarithmic);
}

// (1 - a) w -ln p, p being the softmax or the input.
Entries mass_gradient(const Question& q, const LossRow& row, const PartFactors& factors,
                      const OfClass& surprisal_of) {
  if (!masses_of(q, row)) return nan_entries(row);
  ClassWeights weights(q.class_weights);
  const OfClass derivative = [&](std::size_t c) {
    Value value;
    if (!is_left_out(q, row, c))
      value.add((kOne - q.smoothing) * weights.of(c), surprisal_of(c), q.zero_is_nan);
    return value;
  };
  const OfClass logarithmic = [&](std::size_t c) {
    Value value;
    value.add(probability(q.log_targets, row.y[c]), derivative(c), q.zero_is_nan);
    return value;
  };
  return by_targets_given(q, row, factors, derivative, logarithmic);
}

// ln(p / q), and 1 more for kl.
Entries divergence_target_gradient(const Question& q, const LossRow& row, const PartFactors& factors) {
  const Exact more = q.loss == "kl" ? 1 : 0;
  const OfClass derivative = [&](std::size_t c) {
    Value value = surprisal(q.has_logs(), row.x[c]);
    value.add(kMinusOne, surprisal(q.log_targets, row.y[c]), false);
    value.add(kOne, Sum(more));
    return value;
  };
  const OfClass logarithmic = [&](std::size_t c) {
    const Sum p = probability(q.log_targets, row.y[c]);
    Value value;
    value.add(p, surprisal(q.has_logs(), row.x[c]), q.zero_is_nan);
    value.add(kMinusOne, own_surprisal(q.log_targets, row.y[c]), false);
    value.add(more, p);
    return value;
  };
  return by_targets_given(q, row, factors, derivative, logarithmic);
}

}  // namespace

Sum probability(bool is_log, const Element& entry) {
  if (!is_log) return entry.value;
  return entry.is_finite() ? Sum::power_of_e(entry.value) : Sum();
}

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
  if (q.loss == "cross_entropy")
    return mass_gradient(q, row, factors, [&](std::size_t c) { return surprisal(q.has_logs(), row.x[c]); });
  return divergence_target_gradient(q, row, factors);
}

}  // namespace xent::arb
