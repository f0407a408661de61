// transforms: temperature and scale are the same call on logits that were divided and multiplied before; so
// is a cap, but for the rounding of what was capped before.
#include <algorithm>
#include <array>
#include <cmath>

#include "properties/laws/combination.h"
#include "properties/laws/laws.h"
#include "properties/laws/logit_map.h"
#include "properties/masses.h"

namespace xent::properties::laws {

namespace {

// scale / temperature; 0 if that is not a power of two, so that the products might be rounded.
double exact_factor(const Problem& p) {
  double factor = 1;
  if (!p.scale.is_zero()) factor *= p.scale.as_double();
  if (!p.temperature.is_zero()) factor /= p.temperature.as_double();
  int exponent = 0;
  return std::frexp(factor, &exponent) == 0.5 ? factor : 0;
}

// How far capped logits are from their reals once they are floats; infinite where one is beyond the format.
struct Capped {
  Problem problem;
  std::vector<double> moved;  // the largest of a row
};

Capped capped(const Problem& p) {
  const reference::PrecisionScope scope(kJudgePrecision);
  const Format& format = reference::format(p.input_format);
  Capped result = {p, std::vector<double>(static_cast<std::size_t>(p.rows), 0.0)};
  result.problem.scale = result.problem.temperature = result.problem.softcap = Number(0.0);
  for (std::size_t i = 0; i < p.input.size(); ++i) {
    const Enclosure exact = mapped(p, p.input[i]);
    const double rounded = rounded_to(format, exact.lower_double());
    result.problem.input[i] = Number(rounded);
    double& most = result.moved[i / static_cast<std::size_t>(p.classes)];
    most = std::max(most, abs(Enclosure(rounded) - exact).upper_double());
  }
  return result;
}

// What all labels of a row count together, times its sample weight: |dl/dz| summed over the classes is at
// most twice that, as l = sum a (lse - z). Domain: softmax cross-entropy, no class weight is negative.
double weight_of(const Problem& p, const Machine& machine, std::int64_t row) {
  const double labels = masses_of(p, machine, row).total * (1 + 0x1p-30);
  return labels * std::abs(weight_at(p.sample_weights, row));
}

// How far a loss moves when every logit does by at most `moved`; infinite where no law says.
double loss_moves(const Problem& p, const Machine& machine, std::int64_t row, double moved) {
  if (p.loss == "log_sum_exp") return moved * std::abs(weight_at(p.sample_weights, row));
  if (p.loss == "log_softmax") return 2 * moved;
  if (p.loss == "softmax") return std::expm1(2 * moved);  // p e^(+-2 moved), p <= 1
  return 2 * moved * weight_of(p, machine, row);
}

// Whether the cap of a claim can be put to this law: row by row.
bool has_capped_rows(const xent_claim& claim) {
  const reference::Loss& loss = *reference::find_loss(claim.loss);
  return contains(claim.options & loss.options, XENT_OPTION_SOFTCAP) && !loss.always_mean &&
         contains(claim.reductions, XENT_NONE);
}

bool has_row_values(const Problem& p) {
  return p.wanted == reference::Wanted::loss && p.reduction == XENT_NONE && p.rows > 0 && p.base.is_zero() &&
         p.z_loss.is_zero() && weighs_positively(p) && !p.ignore_index &&
         !reference::find_loss(p.loss)->always_mean;
}

Outcome judge_cap(const Subject& subject, const Problem& p) {
  if (!has_row_values(p) || !is_regular(p)) return Outcome::inadmissible("no losses of regular, capped rows");
  const Capped before = capped(p);
  if (auto outcome = inadmissible(subject, {before.problem, {}, Regime::ordinary})) return *outcome;
  Inquiry by_option(subject, p);
  Inquiry by_caller(subject, before.problem);
  for (const Inquiry* asked : {&by_option, &by_caller}) {
    if (asked->failure()) return *asked->failure();
  }
  const Machine machine = machine_of(p, *subject.claim(p));
  const reference::PrecisionScope scope(kJudgePrecision);
  Findings findings;
  const std::size_t width = by_option.size() / static_cast<std::size_t>(p.rows);
  for (std::size_t i = 0; i < by_option.size(); ++i) {
    for (Inquiry* asked : {&by_option, &by_caller}) {
      if (auto why = asked->unusable(i)) return *why;
    }
    const std::size_t row = i / width;
    const double moves = loss_moves(p, machine, static_cast<std::int64_t>(row), before.moved[row]);
    findings.add(within(Enclosure(by_option.value(i)) - Enclosure(by_caller.value(i)),
                        sum_of(std::array{by_option.bound(i), by_caller.bound(i), moves * (1 + 0x1p-20)}),
                        "by softcap against logits that were capped before"));
  }
  return findings.outcome("no rows");
}

Trial capped_trial(Random& random, const xent_claim& claim) {
  Trial trial =
      trial_of(random, claim, {any_regime(random, claim), random.between(1, 3), random.between(1, 40)});
  Problem& p = trial.problem;
  xent_claim rows = claim;
  rows.options &=
      ~(XENT_BIT(XENT_OPTION_BASE) | XENT_BIT(XENT_OPTION_Z_LOSS) | XENT_BIT(XENT_OPTION_IGNORE_INDEX));
  rows.reductions &= XENT_BIT(XENT_NONE);
  choose_options(random, rows, p);
  const double caps[] = {1, 15, 30.5, 50};
  p.softcap = random.pick(std::span<const double>(caps));
  trial.parameters = {Number(1.0)};
  return trial;
}

}  // namespace

bool applies_transforms(const xent_claim& claim, const xent_implementation&) {
  const std::uint32_t options = claim.options & reference::find_loss(claim.loss)->options;
  return contains(claim.input_spaces, XENT_LOGITS) &&
         (contains(options, XENT_OPTION_TEMPERATURE) || contains(options, XENT_OPTION_SCALE) ||
          has_capped_rows(claim));
}

Trial generate_transforms(Random& random, const xent_claim& claim, int, int) {
  const std::uint32_t options = claim.options & reference::find_loss(claim.loss)->options;
  const bool has_scale = contains(options, XENT_OPTION_SCALE);
  const bool has_temperature = contains(options, XENT_OPTION_TEMPERATURE);
  const bool caps = has_capped_rows(claim) && ((!has_scale && !has_temperature) || random.chance(0.3));
  if (caps) return capped_trial(random, claim);
  Trial trial = any_question(random, claim, 100);
  Problem& p = trial.problem;
  const auto power = [&] { return std::ldexp(1.0, static_cast<int>(random.between(-3, 3))); };
  p.scale = p.temperature = Number(0.0);
  if (has_scale && (!has_temperature || random.chance(0.5))) p.scale = power();
  if (has_temperature && (p.scale.is_zero() || random.chance(0.5))) p.temperature = power();
  return trial;
}

Outcome judge_transforms(const Subject& subject, const Trial& trial, const Recorder&) {
  if (auto outcome = inadmissible(subject, trial)) return *outcome;
  const Problem& p = trial.problem;
  if (p.input_space != XENT_LOGITS) return Outcome::inadmissible("no logits");
  if (trial.integer(0) != 0 && !p.softcap.is_zero()) return judge_cap(subject, p);
  const double factor = exact_factor(p);
  if ((p.scale.is_zero() && p.temperature.is_zero()) || factor == 0)
    return Outcome::inadmissible("no map by a power of two");
  Problem mapped = p;
  mapped.scale = mapped.temperature = Number(0.0);
  for (Number& x : mapped.input) {
    if (x.is_finite()) x = Number(reference::Rational(x.rational() * reference::Rational(factor)));
  }
  if (auto outcome = inadmissible(subject, {mapped, {}, trial.regime})) return *outcome;
  const Answered here = ask(subject, p);
  const Answered there = ask(subject, mapped);
  if (here.failure) return *here.failure;
  if (there.failure) return *there.failure;
  auto allowance = bounds_of(subject, p);
  const auto bounds = bounds_of(subject, mapped);
  auto expected = there.wanted(p);
  // By the chain rule.
  const double slope = p.wanted == reference::Wanted::gradient ? factor : 1;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    expected[i] *= slope;
    allowance[i] += slope * bounds[i];
    // An infinity stands for less, or for more, when it is multiplied.
    if (slope != 1 && std::isinf(expected[i])) allowance[i] = HUGE_VAL;
  }
  return all_agree(here.wanted(p), expected, allowance, measured_in(subject, p),
                   "by scale and temperature against mapped logits");
}

}  // namespace xent::properties::laws
