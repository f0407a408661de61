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

double log_of(const Problem& p, double entry) {
  return p.input_space == XENT_LOG_PROBABILITIES ? entry : std::log(entry);
}

// What P or the label makes of each class: kl and entropy take P as it is, the others what smoothing and
// class weights make of a label.
struct Weights {
  std::vector<double> a;
  std::vector<double> error;

  Weights(const Problem& p, const Machine& machine, std::int64_t row, const reference::Row& prepared) {
    if (p.loss == "entropy" || is_kl(p)) {
      const double relative =
          preparation_error(p, machine, p.loss == "entropy" ? Prepared::input : Prepared::targets);
      for (const auto& w : p.loss == "entropy" ? prepared.input() : prepared.target_probs()) {
        a.push_back(as_double(w));
        error.push_back(a.back() * relative);
      }
    } else {
      Masses masses = masses_of(p, machine, row);
      a = std::move(masses.a);
      error = std::move(masses.error);
    }
  }
};

// With respect to an entry q whose weight w is off by `error`.
Bounded derivative(const Problem& p, const Machine& m, double q, double w, double error) {
  const bool is_log = p.input_space == XENT_LOG_PROBABILITIES;
  if (is_log) return {-w, error + m.u * w + m.smallest};
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
    const double extra = generalised ? w + entry : 0;
    total.value += generalised ? entry - w : 0;
    magnitude += extra;
    terms += extra == 0 ? 0 : 2;
    if (w == 0) continue;
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
