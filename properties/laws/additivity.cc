// additivity: a batch gives what its parts give: rows by rows, sums as sums of parts, means as the mean of
// the parts' means, each as often as what it is divided by.
#include <algorithm>
#include <cmath>

#include "properties/divisors.h"
#include "properties/laws/combination.h"
#include "properties/laws/laws.h"

namespace xent::properties::laws {
namespace {

// How far a divisor that the judge adds up in binary64 is off, relatively, for up to 2^20 rows and classes.
constexpr double kOfDivisors = 0x1p-30;

Divisors known_divisors(const Subject& subject, const Problem& p) {
  return divisors_of(p, machine_of(p, *subject.claim(p)));
}

// Nothing of its sum over- or underflowed.
bool is_ordinary(const Divisors& divisors) {
  const double size = std::abs(divisors.loss);
  return divisors.is_empty || (size >= 0x1p-600 && size <= 0x1p600);
}

// What a mean divides by, and leaves out where it is 0, has to be what the rows are multiplied by.
bool has_other_terms(const Problem& p) {
  return !p.label_smoothing.is_zero() || !p.z_loss.is_zero();
}

// Parts of one row or more.
std::vector<Problem> parts_of(const Problem& p, const Trial& trial) {
  std::vector<Problem> parts;
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < trial.parameters.size(); ++i) {
    const std::int64_t end = trial.integer(i);
    if (end <= begin || end >= p.rows) continue;
    parts.push_back(rows_of(p, begin, end));
    begin = end;
  }
  parts.push_back(rows_of(p, begin, p.rows));
  return parts;
}

struct Parts {
  std::vector<Inquiry> asked;
  std::vector<reference::Rational> factors;  // by which they are in the whole
};

// Each part with what it is multiplied by.
std::optional<Outcome> ask_parts(const Subject& subject, const Problem& p, const Trial& trial, Parts& parts) {
  const Divisors whole = known_divisors(subject, p);
  if (!is_ordinary(whole)) return Outcome::inadmissible("a mean by a number that is known roughly");
  for (const Problem& part : parts_of(p, trial)) {
    const Divisors own = known_divisors(subject, part);
    if (!is_ordinary(own)) return Outcome::inadmissible("a mean by a number that is known roughly");
    reference::Rational factor = 1;
    if (p.reduction == XENT_MEAN) {
      if (own.is_empty && part.valid_rows() > 0 && has_other_terms(p))
        return Outcome::inadmissible("rows that count without weight");
      factor = own.is_empty
                   ? reference::Rational(0)
                   : reference::Rational(reference::Rational(own.loss) / reference::Rational(whole.loss));
    }
    parts.asked.emplace_back(subject, part);
    parts.factors.push_back(factor);
    if (const auto& failure = parts.asked.back().failure()) return *failure;
  }
  return std::nullopt;
}

// One value of all parts together.
Outcome as_total(Inquiry& whole, Parts& parts) {
  std::vector<Term> terms;
  for (std::size_t i = 0; i < parts.asked.size(); ++i) {
    if (parts.factors[i] != 0) terms.push_back({parts.factors[i], &parts.asked[i], 0});
  }
  return combination(whole, 0, terms, "the whole against its parts", kOfDivisors);
}

// The values of all parts, one after the other.
Outcome as_joined(Inquiry& whole, Parts& parts) {
  Findings findings;
  std::size_t at = 0;
  for (std::size_t part = 0; part < parts.asked.size(); ++part) {
    for (std::size_t i = 0; i < parts.asked[part].size(); ++i, ++at) {
      const auto& factor = parts.factors[part];
      if (factor == 0) continue;
      const bool same = factor == 1 && is_same(whole.value(at), parts.asked[part].value(i));
      const Term term = {factor, &parts.asked[part], i};
      findings.add(
          same ? Outcome::pass()
               : combination(whole, at, std::array{term}, "the whole against its parts", kOfDivisors));
    }
  }
  return findings.outcome("no rows that count");
}

}  // namespace

bool applies_additivity(const xent_claim& claim, const xent_implementation&) {
  return !is_loss(claim, "perplexity");
}

Trial generate_additivity(Random& random, const xent_claim& claim, int index, int) {
  const std::int64_t rows = index % 4 == 0 ? random.between(5, 200) : random.between(2, 8);
  Trial trial = trial_of(random, claim, {any_regime(random, claim), rows, any_classes(random, 20)});
  choose_options(random, claim, trial.problem);
  if (has_gradient(claim) && random.chance(0.5)) want_gradient(random, claim, trial.problem);
  std::vector<std::int64_t> ends;
  for (std::int64_t i = random.between(1, 4); i > 0; --i) ends.push_back(random.between(1, rows - 1));
  std::sort(ends.begin(), ends.end());
  for (const std::int64_t end : ends) trial.parameters.emplace_back(static_cast<double>(end));
  return trial;
}

Outcome judge_additivity(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  const bool apart = p.conventions.z_loss_over_valid_rows != 0 && !p.z_loss.is_zero();
  if (parts_of(p, trial).size() < 2 || p.loss == "perplexity" || (p.reduction == XENT_MEAN && apart))
    return Outcome::inadmissible("no two parts that add up");
  if (p.reduction == XENT_MEAN && known_divisors(subject, p).is_empty)
    return Outcome::inadmissible("a mean of nothing");
  Inquiry whole(subject, p);
  if (whole.failure()) return *whole.failure();
  Parts parts;
  if (auto outcome = ask_parts(subject, p, trial, parts)) return *outcome;
  const bool is_total = p.reduction != XENT_NONE && p.wanted == reference::Wanted::loss;
  return is_total ? as_total(whole, parts) : as_joined(whole, parts);
}

}  // namespace xent::properties::laws
