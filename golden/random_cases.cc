#include "golden/random_cases.h"

#include <algorithm>
#include <cmath>

#include "reference/losses.h"

namespace xent::golden {

using reference::Format;
using reference::Number;
using reference::Problem;
using reference::Rational;

namespace {

constexpr const char* kLosses[] = {"entropy",
                                   "cross_entropy",
                                   "kl",
                                   "generalised_kl",
                                   "nll",
                                   "softmax_cross_entropy",
                                   "log_sum_exp",
                                   "softmax",
                                   "log_softmax",
                                   "sequence",
                                   "perplexity",
                                   "softmax_cross_entropy",
                                   "softmax_cross_entropy"};

bool is(const Problem& p, const char* loss) {
  return p.loss == loss;
}

// FP8 has little room: what is beyond it becomes the largest number there, not an infinity or NaN.
Number in_format(const Number& number, xent_format format) {
  if (format == XENT_NO_FORMAT || !number.is_finite()) return number;
  const Format& f = reference::format(format);
  const auto direction = f.width == 8 ? reference::Rounding::toward_zero : reference::Rounding::nearest_even;
  return reference::decode(f, reference::round(number.rational(), f, direction));
}

bool takes_masses(const Problem& p) {
  return is(p, "softmax_cross_entropy") || is(p, "cross_entropy") || is(p, "nll") || is(p, "sequence");
}

bool is_matrix(const Problem& p) {
  return is(p, "softmax") || is(p, "log_softmax");
}

Rational power(long base, int exponent) {
  const Rational p =
      boost::multiprecision::pow(reference::Integer(base), static_cast<unsigned>(std::abs(exponent)));
  return exponent >= 0 ? p : Rational(1 / p);
}

}  // namespace

// A finite one.
Number RandomCases::pattern(xent_format format, bool nonnegative) {
  const Format& f = reference::format(format == XENT_NO_FORMAT ? XENT_BINARY32 : format);
  for (;;) {
    const double value = reference::decode(f, random_() >> (64 - f.width));
    if (std::isfinite(value)) return nonnegative ? std::abs(value) : value;
  }
}

Number RandomCases::decimal(int digits) {
  const auto scale = static_cast<std::int64_t>(std::pow(10, 1 + below(static_cast<std::uint64_t>(digits))));
  return Number(Rational(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(scale))) + 1, scale));
}

Number RandomCases::logit(xent_format format) {
  if (chance(4)) return -HUGE_VAL;
  switch (regime_) {
    case Regime::patterns:
      return pattern(format, false);
    case Regime::typed:
      return Number(Rational((decimal(4).rational() - Rational(1, 2)) * 40));
    case Regime::gaps: {
      const Rational unit = power(10, static_cast<int>(below(6)));
      return Number(Rational(offset_.rational() - unit * static_cast<long>(below(3))));
    }
    case Regime::exact:
      return chance(90) ? offset_ : Number(1.0);
  }
  return 0.0;
}

Number RandomCases::probability(xent_format format) {
  if (chance(5)) return 0.0;
  switch (regime_) {
    case Regime::patterns:
      return chance(10) ? Number(Rational(1) / power(10, 45)) : pattern(format, true);
    case Regime::typed:
      return chance(30) ? Number(Rational(1 + static_cast<long>(below(9)), 1 + static_cast<long>(below(9))))
                        : decimal(6);
    case Regime::gaps:
      return chance(50) ? Number(Rational(1 - power(10, -static_cast<int>(below(30)) - 1)))
                        : Number(power(10, -static_cast<int>(below(300))));
    case Regime::exact:
      return Number(power(chance(80) ? 2 : 10, -static_cast<int>(below(6))));
  }
  return 0.0;
}

void RandomCases::draw_input(Problem& p) {
  const auto elements = static_cast<std::size_t>(p.rows * p.classes);
  offset_ = regime_ == Regime::gaps && chance(50) ? Number(static_cast<double>(below(1u << 20)) * 4096.0)
                                                  : Number(0.0);
  for (std::size_t i = 0; i < elements; ++i) {
    if (p.input_space == XENT_PROBABILITIES) {
      p.input.push_back(probability(p.input_format));
    } else {
      const Number x = logit(p.input_format);
      const bool flip =
          p.input_space == XENT_LOG_PROBABILITIES && x.is_finite() && x.sign() > 0 && chance(90);
      p.input.push_back(flip ? Number(-x.rational()) : x);
    }
  }
  if (chance(2)) p.input[below(elements)] = std::nan("");
  if (chance(2) && p.input_space == XENT_LOGITS) p.input[below(elements)] = HUGE_VAL;
  for (Number& number : p.input) {
    number = in_format(number, p.input_format);
    if (number.is_infinite() && p.input_space == XENT_PROBABILITIES) number = 1.0;
  }
}

void RandomCases::draw_targets(Problem& p) {
  const bool divergence = is(p, "cross_entropy") || is(p, "kl") || is(p, "generalised_kl");
  const bool soft = divergence || (is(p, "softmax_cross_entropy") && chance(40));
  if (soft) {
    const xent_format format = chance(50) ? p.input_format : XENT_NO_FORMAT;
    const bool same = p.input_space == XENT_PROBABILITIES && chance(regime_ == Regime::exact ? 30 : 3);
    for (const Number& x : p.input) {
      const Number y = same ? x : in_format(probability(format), format);
      p.target_probs.push_back(y.is_infinite() ? Number(1.0) : y);
    }
    p.target_format = same ? XENT_NO_FORMAT : format;
    if (chance(35)) draw_log_targets(p);
  } else if (!is(p, "entropy") && !is(p, "log_sum_exp") && !is_matrix(p)) {
    for (std::int64_t row = 0; row < p.rows; ++row)
      p.targets.push_back(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(p.classes))));
    if (chance(20)) {
      p.ignore_index = chance(50) ? -100 : p.targets[0];
      if (*p.ignore_index < 0) p.targets[below(p.targets.size())] = -100;
    }
  }
}

// The logarithms of P, for values that are rational: those of Q where both are given so, or the logits but
// for what they have in common, or all the same.
void RandomCases::draw_log_targets(Problem& p) {
  p.target_space = XENT_LOG_PROBABILITIES;
  const auto is_moderate = [](const Number& x) {
    return x.is_finite() ? abs(x.rational()) < 1000 : x.is_nan() || x.sign() < 0;
  };
  const bool same = p.input_space != XENT_PROBABILITIES && chance(20) &&
                    std::all_of(p.input.begin(), p.input.end(), is_moderate);
  const Rational offset = p.input_space == XENT_LOGITS ? Rational(decimal(3).rational() - 5) : Rational(0);
  const Number common(Rational(-3 * decimal(2).rational()));
  const int percent_common = chance(20) ? 90 : 0;
  for (std::size_t i = 0; i < p.target_probs.size(); ++i) {
    const Number& x = p.input[i];
    Number& l = p.target_probs[i];
    if (same) {
      l = x.is_finite() ? Number(Rational(x.rational() + offset)) : x;
    } else if (chance(10)) {
      l = -HUGE_VAL;
    } else if (regime_ == Regime::exact && chance(60)) {
      l = 0.0;
    } else {
      l = chance(percent_common) ? common : Number(Rational(-30 * decimal(4).rational()));
      if (percent_common == 0) l = in_format(l, p.target_format);
    }
  }
  if (same || percent_common > 0) p.target_format = XENT_NO_FORMAT;
}

Number RandomCases::weight() {
  if (chance(3)) return chance(70) ? Number(-1.0) : Number(std::nan(""));
  const Number weights[] = {0.0, 1.0, 1.0, 2.0, 0.375, Number(Rational(1, 3)), decimal(5)};
  return one_of(weights);
}

std::vector<Number> RandomCases::weights(std::int64_t count) {
  std::vector<Number> drawn;
  for (std::int64_t i = 0; i < count; ++i) drawn.push_back(weight());
  return drawn;
}

void RandomCases::draw_wanted(Problem& p) {
  if (is_matrix(p)) return;
  if (chance(45)) p.wanted = reference::Wanted::gradient;
  if (!p.target_probs.empty() && chance(30)) p.wanted = reference::Wanted::target_gradient;
}

void RandomCases::draw_weights(Problem& p) {
  if (!is_matrix(p) && chance(is(p, "perplexity") || is(p, "sequence") ? 10 : 30))
    p.sample_weights = weights(p.rows);
  if (p.wanted != reference::Wanted::loss && chance(40))
    p.upstream = weights(p.reduction == XENT_NONE ? p.rows : 1);
  if (!takes_masses(p) || is(p, "sequence")) return;
  if (chance(35)) p.class_weights = weights(p.classes);
  if (chance(35)) {
    const Number smoothings[] = {Number(Rational(1, 10)), 0.5, 1.0, 0x1p-40, decimal(5)};
    p.label_smoothing = one_of(smoothings);
  }
  if (p.label_smoothing.sign() == 0) return;
  const bool hard = !p.targets.empty();
  p.conventions.smoothing_mass = hard && p.classes > 1 && chance(40) ? XENT_SMOOTH_OTHERS : XENT_SMOOTH_ALL;
  p.conventions.smoothing_weights = static_cast<xent_smoothing_weights>(below(hard ? 3 : 2));
}

void RandomCases::draw_logit_options(Problem& p) {
  if (p.input_space != XENT_LOGITS) return;
  if (chance(20)) p.temperature = chance(50) ? decimal(3) : Number(2.0);
  if (chance(20)) p.scale = chance(50) ? decimal(3) : Number(0.25);
  if (chance(20)) {
    const Number caps[] = {30.0, 50.0, 1.0, Number(Rational(1, 3)), 1e6, decimal(4)};
    p.softcap = one_of(caps);
  }
  if (is(p, "softmax_cross_entropy") && chance(20)) {
    const Number losses[] = {1e-4, Number(Rational(1, 10000)), 1.0, -1.0};
    p.z_loss = chance(3) ? losses[3] : losses[below(3)];
    p.conventions.z_loss_over_valid_rows = chance(50) ? 1 : 0;
  }
  p.conventions.gradient_of_unit_mass = p.wanted == reference::Wanted::gradient && chance(20) ? 1 : 0;
}

void RandomCases::draw_preparation(Problem& p) {
  if (p.input_space != XENT_PROBABILITIES) return;
  if (chance(25)) {
    const double bounds[] = {1e-7, 0.125, 0x1p-60};
    p.conventions.clip = one_of(bounds);
    p.conventions.clip_rules = static_cast<std::uint32_t>(below(8));
  }
  if (chance(40)) p.conventions.normalise = static_cast<std::uint32_t>(below(4));
  if (p.target_probs.empty() || p.target_space != XENT_PROBABILITIES) {
    p.conventions.clip_rules &= ~XENT_BIT(XENT_CLIP_TARGETS);
    p.conventions.normalise &= ~XENT_BIT(XENT_NORMALISE_TARGETS);
  }
}

void RandomCases::draw_reduction(Problem& p) {
  const bool mean = is(p, "sequence") || is(p, "perplexity");
  p.reduction = mean ? XENT_MEAN : static_cast<xent_reduction>(is_matrix(p) ? 0 : below(3));
  const xent_denominator denominators[] = {XENT_VALID_ROWS,    XENT_ALL_ROWS, XENT_VALID_WEIGHTS,
                                           XENT_VALID_WEIGHTS, XENT_GIVEN,    XENT_ELEMENTS};
  if (p.reduction == XENT_MEAN) p.conventions.denominator = one_of(denominators);
  if (p.target_space == XENT_LOG_PROBABILITIES && chance(35)) {
    p.reduction = XENT_MEAN;
    p.conventions.denominator = XENT_VALID_WEIGHTS;
  }
  if (p.conventions.denominator == XENT_GIVEN)
    p.conventions.denominator_value = 0.25 * static_cast<double>(1 + below(9));
}

void RandomCases::draw_policies(Problem& p) {
  const int base_percent = regime_ == Regime::exact ? 90 : p.wanted == reference::Wanted::loss ? 50 : 15;
  if (p.z_loss.sign() == 0 && chance(base_percent)) {
    const Rational bases[] = {2, 8, 10, Rational(1, 2), Rational(3, 2), Rational(7, 10)};
    p.base = Number(one_of(bases));
  }
  const bool takes_lse = is(p, "softmax_cross_entropy") && p.softcap.sign() == 0 && p.class_weights.empty();
  if (!p.targets.empty() && chance(takes_lse ? 50 : 10)) {
    const xent_policy policies[] = {XENT_POLICY_NAN, XENT_POLICY_ZERO, XENT_POLICY_FROM_END, XENT_POLICY_LSE,
                                    XENT_POLICY_LOG_SUM};
    p.conventions.target_out_of_range = policies[below(takes_lse ? 5 : 3)];
    const std::int64_t outside[] = {p.classes, -1, -p.classes, -p.classes - 1};
    p.targets[below(p.targets.size())] = one_of(outside);
  }
  if (chance(30)) p.conventions.all_ignored = XENT_POLICY_ZERO;
  if (chance(30)) p.conventions.all_masked = chance(50) ? XENT_POLICY_ZERO : XENT_POLICY_INFINITY;
  if (chance(30)) p.conventions.zero_weight_times_infinity = XENT_POLICY_NAN;
  const bool spreads = p.label_smoothing.sign() != 0 || !p.target_probs.empty();
  if (is(p, "softmax_cross_entropy") && spreads && chance(40)) {
    p.conventions.masked_labels = chance(70) ? XENT_POLICY_ZERO : XENT_POLICY_INFINITY;
    p.input[below(p.input.size())] = -HUGE_VAL;
  }
}

Problem RandomCases::draw() {
  Problem p;
  p.loss = one_of(kLosses);
  p.rows = 1 + static_cast<std::int64_t>(below(4));
  p.classes = 1 + static_cast<std::int64_t>(below(chance(95) ? 6 : 40));
  const bool steps = is(p, "sequence") || is(p, "perplexity");
  if (is(p, "softmax_cross_entropy") || is(p, "log_sum_exp") || is_matrix(p) || (steps && chance(40))) {
    p.input_space = XENT_LOGITS;
  } else {
    p.input_space = chance(35) ? XENT_LOG_PROBABILITIES : XENT_PROBABILITIES;
  }
  const xent_format formats[] = {XENT_NO_FORMAT, XENT_FP8_E4M3, XENT_FP8_E5M2, XENT_BINARY16,
                                 XENT_BFLOAT16,  XENT_BINARY32, XENT_BINARY64};
  p.input_format = regime_ == Regime::typed ? XENT_NO_FORMAT : one_of(formats);
  draw_input(p);
  draw_targets(p);
  draw_wanted(p);
  draw_reduction(p);
  draw_weights(p);
  draw_logit_options(p);
  draw_preparation(p);
  draw_policies(p);
  return p;
}

Case RandomCases::next() {
  Case c;
  c.id = std::to_string(count_++);
  do c.problem = draw();
  while (reference::check(c.problem));
  return c;
}

}  // namespace xent::golden
