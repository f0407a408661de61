// entropy_range: 0 <= H(P) <= ln n for normalised P, 0 for a point mass, ln n for the uniform distribution.
#include <algorithm>
#include <cmath>

#include "properties/laws/laws.h"
#include "properties/laws/premises.h"

namespace xent::properties::laws {
namespace {

// Of probability 1 in all.
std::vector<double> point_mass(Random& random, std::int64_t classes) {
  std::vector<double> row(static_cast<std::size_t>(classes), 0.0);
  row[static_cast<std::size_t>(random.below(classes))] = 1;
  return row;
}

std::vector<double> uniform_of(int log_classes) {
  return std::vector<double>(std::size_t{1} << log_classes, std::ldexp(1.0, -log_classes));
}

Outcome judge_row(std::span<const Number> row, double entropy, double bound) {
  const auto support = std::count_if(row.begin(), row.end(), [](const Number& p) { return !p.is_zero(); });
  if (support == 1 && entropy != 0) return Outcome::fail("the entropy of a point mass is " + shown(entropy));
  if (entropy < 0) return Outcome::fail("negative: " + shown(entropy));
  const Enclosure below_most = log(Enclosure(static_cast<long>(support))) - Enclosure(entropy);
  const bool is_uniform = std::all_of(
      row.begin(), row.end(), [&](const Number& p) { return p.is_zero() || p.rational() * support == 1; });
  if (is_uniform) return within(below_most, bound, "ln n against the entropy of the uniform distribution");
  return at_least_zero(below_most, bound, "ln n, less the entropy");
}

}  // namespace

bool applies_entropy_range(const xent_claim& claim, const xent_implementation& implementation) {
  return is_loss(claim, "entropy") && has_distribution_rows(claim, implementation);
}

Trial generate_entropy_range(Random& random, const xent_claim& claim, int index, int) {
  Trial trial = distribution_trial(random, claim, Regime::probabilities, 1, 300);
  Problem& p = trial.problem;
  const Format& format = reference::format(p.input_format);
  // What the reciprocal of so many classes is, is a float of every format.
  const auto most = static_cast<std::int64_t>(std::min(10, -format.emin));
  std::vector<double> row = dyadic_distribution(random, format, p.classes);
  if (index % 3 == 0) row = point_mass(random, p.classes);
  if (index % 3 == 1) row = uniform_of(static_cast<int>(random.between(0, most)));
  p.classes = static_cast<std::int64_t>(row.size());
  p.input.assign(row.begin(), row.end());
  return trial;
}

Outcome judge_entropy_range(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.loss != "entropy" || !asks_for_distributions(p)) return Outcome::inadmissible("not plain rows of P");
  for (std::int64_t row = 0; row < p.rows; ++row) {
    if (!is_normalised(p.input_row(row))) return Outcome::inadmissible("P does not sum to 1");
  }
  return judged_by_row(subject, p, [&p](std::int64_t row, double entropy, double bound) {
    return judge_row(p.input_row(row), entropy, bound);
  });
}

}  // namespace xent::properties::laws
