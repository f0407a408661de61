#include "properties/probability_bounds.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "properties/masses.h"
#include "reference/preparation.h"
#include "reference/row.h"

namespace xent::properties {
namespace {

using reference::Prepared;
using reference::Problem;

bool is_kl(const Problem& p) {
  return p.loss == "kl" || p.loss == "generalised_kl";
}

// The relative error of what a convention makes of probabilities: bounds that are rounded, or a sum and a
// quotient.
double preparation_error(const Problem& p, const Machine& m, Prepared which) {
  if (!reference::prepares(p.conventions, which)) return 0;
  return m.sum_factor(static_cast<double>(p.classes)) + 3 * m.u;
}

bool is_log(const Problem& p) {
  return p.input_space == XENT_LOG_PROBABILITIES;
}

double log_of(const Problem& p, double entry) {
  return is_log(p) ? entry : std::log(entry);
}

// What an entry of the input stands for, and what sound code may be off in it.
Bounded probability_of(const Problem& p, const Machine& m, double entry) {
  if (!is_log(p)) return {entry, entry * preparation_error(p, m, Prepared::input)};
  if (entry == -HUGE_VAL) return {0, 0};
  const double q = std::exp(entry);
  return {q, m.overflows(q) ? HUGE_VAL : q * m.exp_error + m.smallest};
}

// What P or the label makes of each class: kl and entropy take P as it is, the others what smoothing and
// class weights make of a label.
struct Weights {
  std::vector<double> a;
  std::vector<double> error;

  Weights(const Problem& p, const Machine& machine, std::int64_t row, const reference::Row& prepared) {
    if (p.loss == "entropy") {
      for (const auto& entry : prepared.input()) {
        const Bounded probability = probability_of(p, machine, as_double(entry));
        a.push_back(probability.value);
        error.push_back(probability.bound);
      }
    } else if (is_kl(p)) {
      const double relative = preparation_error(p, machine, Prepared::targets);
      for (const auto& w : prepared.target_probs()) {
        a.push_back(as_double(w));
        error.push_back(a.back() * relative);
      }
    } else {
      Masses masses = masses_of_prepared(p, machine, row, prepared);
      a = std::move(masses.a);
      error = std::move(masses.error);
    }
  }

 private:
  // masses_of, of the label as the conventions prepare it.
  static Masses masses_of_prepared(const Problem& p, const Machine& machine, std::int64_t row,
                                   const reference::Row& prepared) {
    const double relative = preparation_error(p, machine, Prepared::targets);
    if (relative == 0 || p.target_probs.empty()) return masses_of(p, machine, row);
    Problem label;
    label.rows = 1;
    label.classes = p.classes;
    label.input_space = p.input_space;
    label.target_probs.assign(prepared.target_probs().begin(), prepared.target_probs().end());
    label.class_weights = p.class_weights;
    label.label_smoothing = p.label_smoothing;
    label.conventions = p.conventions;
    Masses masses = masses_of(label, machine, 0);
    for (std::size_t c = 0; c < masses.a.size(); ++c) masses.error[c] += masses.a[c] * relative;
    return masses;
  }
};

// With respect to the logarithm l of an entry whose weight w is off by `error`: -w; for entropy, whose w is
// e^l, -w (l + 1), as it is or multiplied out; for the generalised divergence e^l - w.
Bounded derivative_by_log(const Problem& p, const Machine& m, double l, double w, double error) {
  if (p.loss == "entropy") {
    if (l == -HUGE_VAL) return {0, m.smallest};
    const double magnitude = std::abs(l) + 1;
    return {-w * (l + 1), error * magnitude + 3 * m.u * w * magnitude + 2 * m.smallest};
  }
  if (p.loss != "generalised_kl") return {-w, error + m.u * w + m.smallest};
  const Bounded q = probability_of(p, m, l);
  return {q.value - w, error + q.bound + m.u * (q.value + w) + m.smallest};
}

// With respect to an entry q whose weight w is off by `error`.
Bounded derivative(const Problem& p, const Machine& m, double q, double w, double error) {
  if (is_log(p)) return derivative_by_log(p, m, q, w, error);
  if (q == 0) return {p.loss == "generalised_kl" && w == 0 ? 1.0 : 0.0, 0};
  if (p.loss == "entropy") {
    const double log_q = std::log(q);
    return {-(log_q + 1), std::abs(log_q) * (m.log_error + m.u) + m.u * std::abs(log_q + 1) + m.smallest};
  }
  // A reciprocal that leaves the range may be formed on the way.
  if (m.overflows(std::max(1.0, w) / q)) return {-w / q, HUGE_VAL};
  const double divided = w / q;
  const double bound = error / q + 2 * m.u * divided + m.smallest * (2 + 1 / q);
  if (p.loss != "generalised_kl") return {-divided, bound};
  return {1 - divided, bound + m.u * std::abs(1 - divided)};
}

}  // namespace

Bounded probability_row(const Problem& p, const Machine& m, std::int64_t row) {
  const reference::Row prepared(p, row);
  const auto q = prepared.input();
  const Weights weights(p, m, row, prepared);
  const double of_q = preparation_error(p, m, Prepared::input);
  const bool has_ratio = is_kl(p);
  const bool generalised = p.loss == "generalised_kl";
  Bounded total;
  double magnitude = 0;
  double terms = 0;  // adding a 0 is exact
  for (std::size_t c = 0; c < q.size(); ++c) {
    const double w = weights.a[c];
    const double entry = as_double(q[c]);
    const Bounded of_entry = generalised ? probability_of(p, m, entry) : Bounded();
    const double extra = generalised ? w + of_entry.value : 0;
    total.value += generalised ? of_entry.value - w : 0;
    total.bound += of_entry.bound;
    magnitude += extra;
    terms += extra == 0 ? 0 : 2;
    if (w == 0 && weights.error[c] == 0) continue;
    terms += 1;
    const double log_q = log_of(p, entry);
    const double log_w = has_ratio ? std::log(w) : 0;
    const double logs = std::abs(log_q) + std::abs(log_w);
    total.value += w * (log_w - log_q);
    magnitude += w * std::abs(log_w - log_q);
    total.bound += w * (logs * (m.log_error + 2 * m.u) + (has_ratio ? m.u : 0)) + weights.error[c] * logs;
    total.bound += w * of_q + (has_ratio ? weights.error[c] : 0);
    if (generalised) total.bound += 3 * m.u * (extra + w * std::abs(log_w - log_q));
  }
  total.bound += m.sum_factor(terms) * magnitude + terms * m.smallest;
  return total;
}

std::vector<Bounded> probability_gradient(const Problem& p, const Machine& m, std::int64_t row) {
  // Of what the chain rule goes through, no sound code is known yet.
  const bool is_prepared = reference::prepares(p.conventions, Prepared::input) ||
                           reference::prepares(p.conventions, Prepared::targets);
  if (is_prepared) return std::vector<Bounded>(static_cast<std::size_t>(p.classes), {0, HUGE_VAL});
  const reference::Row prepared(p, row);
  const auto q = prepared.input();
  const Weights weights(p, m, row, prepared);
  std::vector<Bounded> entries;
  for (std::size_t c = 0; c < q.size(); ++c)
    entries.push_back(derivative(p, m, as_double(q[c]), weights.a[c], weights.error[c]));
  return entries;
}

}  // namespace xent::properties
