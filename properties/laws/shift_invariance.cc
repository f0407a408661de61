// shift_invariance: l(x + c) = l(x) for x and c on a dyadic grid, where x + c is exact.
#include <algorithm>
#include <cmath>

#include "properties/laws/combination.h"
#include "properties/laws/laws.h"

namespace xent::properties::laws {
namespace {

// Shifting keeps every difference x_i - x_j, so formulas that start from differences see the same numbers.
bool works_on_differences(const ClaimedGrade& grade) {
  return grade.grade == Grade::log1p || grade.grade == Grade::shifted ||
         grade.grade == Grade::correctly_rounded;
}

// Options that leave the loss one of differences; with them nothing says in which order sound code goes on.
constexpr std::uint32_t kShiftOptions = XENT_BIT(XENT_OPTION_TEMPERATURE) | XENT_BIT(XENT_OPTION_SCALE) |
                                        XENT_BIT(XENT_OPTION_BASE) | XENT_BIT(XENT_OPTION_LABEL_SMOOTHING) |
                                        XENT_BIT(XENT_OPTION_CLASS_WEIGHTS) |
                                        XENT_BIT(XENT_OPTION_SAMPLE_WEIGHTS);

// Bit by bit, or within the bounds.
Outcome are_equal(Inquiry& here, Inquiry& there, bool bitwise, const std::string& what) {
  Findings findings;
  for (std::size_t i = 0; i < here.size(); ++i) {
    if (is_same(here.value(i), there.value(i))) {
      findings.add(Outcome::pass());
    } else if (bitwise) {
      return Outcome::fail("loss " + shown(here.value(i)) + " became " + shown(there.value(i)) + " " + what);
    } else {
      findings.add(combination(there, i, std::array{Term{1, &here, i}}, what));
    }
  }
  return findings.outcome("no rows");
}

}  // namespace

Trial generate_shift_invariance(Random& random, const xent_claim& claim, int, int) {
  Trial trial = softmax_trial(random, claim, Regime::ordinary, 300);
  Problem& p = trial.problem;
  const Format& format = reference::format(p.input_format);
  // Multiples of 2^-step within +-2^3, moved by a multiple within the same number of bits.
  const auto step = static_cast<int>(random.between(0, format.precision / 2));
  const int largest = format.precision - step - 1;
  for (Number& x : p.input) {
    const std::int64_t most = random.between(-8, 8) * (std::int64_t{1} << step);
    const std::int64_t multiple = most / random.between(1, 3);
    x = std::ldexp(static_cast<double>(multiple), -step);
  }
  const double fraction = random.unit() - 0.5;
  const double c = std::ldexp(fraction, static_cast<int>(random.between(1, std::max(largest, 1))));
  trial.parameters = {Number(std::ldexp(std::nearbyint(std::ldexp(c, step)), -step))};
  if (random.chance(0.5)) choose_row_options(random, claim, kShiftOptions, p);
  if (has_logit_gradient(claim) && random.chance(0.3)) want_gradient(random, claim, p);
  return trial;
}

Outcome judge_shift_invariance(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (trial.parameters.empty() || !trial.parameters[0].is_finite() || !is_regular(p) || p.ignore_index) {
    return Outcome::inadmissible("no finite shift, or no regular row");
  }
  if (p.loss != "softmax_cross_entropy" || !p.softcap.is_zero() || !p.z_loss.is_zero())
    return Outcome::inadmissible("another loss, or a cap or a z-loss, of logits as they are");
  Problem moved = p;
  for (Number& x : moved.input) {
    if (x.is_finite()) x = Number(reference::Rational(x.rational() + trial.parameters[0].rational()));
    if (!is_representable(x, reference::format(p.input_format)))
      return Outcome::inadmissible("x + c is not exact");
  }
  Inquiry here(subject, p);
  Inquiry there(subject, moved);
  for (const Inquiry* asked : {&here, &there}) {
    if (asked->failure()) return *asked->failure();
  }
  const xent_claim& claim = *subject.claim(p);
  const bool bitwise =
      works_on_differences(*parse_grade(claim.grade)) && asks_for_label_losses(p) && is_plain(p);
  return are_equal(here, there, bitwise,
                   "after adding " + trial.parameters[0].to_string() + " to every logit");
}

}  // namespace xent::properties::laws
