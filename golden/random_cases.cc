#include "golden/random_cases.h"

#include <cmath>

namespace xent::golden {

using reference::Format;
using reference::Number;
using reference::Problem;
using reference::Rational;

namespace {

constexpr const char* kLosses[] = {
    "entropy",    "cross_entropy",        "kl", "nll", "softmax_cross_entropy", "log_sum_exp", "sequence",
    "perplexity", "softmax_cross_entropy"};

bool is(const Problem& p, const char* loss) {
  return p.loss == loss;
}

Number in_format(const Number& number, xent_format format) {
  if (format == XENT_NO_FORMAT || !number.is_finite()) return number;
  const Format& f = reference::format(format);
  return reference::decode(f, reference::round(number.rational(), f, reference::Rounding::nearest_even));
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
  const bool soft = is(p, "cross_entropy") || is(p, "kl") || (is(p, "softmax_cross_entropy") && chance(30));
  if (soft) {
    const xent_format format = chance(50) ? p.input_format : XENT_NO_FORMAT;
    const bool same = p.input_space == XENT_PROBABILITIES && chance(regime_ == Regime::exact ? 30 : 3);
    for (std::size_t i = 0; i < p.input.size(); ++i) {
      Number y = same ? p.input[i] : in_format(probability(format), format);
      p.target_probs.push_back(y.is_infinite() ? Number(1.0) : y);
    }
    p.target_format = same ? XENT_NO_FORMAT : format;
  } else if (!is(p, "entropy") && !is(p, "log_sum_exp")) {
    for (std::int64_t row = 0; row < p.rows; ++row)
      p.targets.push_back(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(p.classes))));
    if (chance(20)) {
      p.ignore_index = chance(50) ? -100 : p.targets[0];
      if (*p.ignore_index < 0) p.targets[below(p.targets.size())] = -100;
    }
  }
}

void RandomCases::draw_options(Problem& p) {
  constexpr int kPercent = 50;
  if (chance(regime_ == Regime::exact ? 90 : kPercent)) {
    const Rational bases[] = {2, 8, 10, Rational(1, 2), Rational(3, 2), Rational(7, 10)};
    p.base = Number(bases[below(std::size(bases))]);
  }
  const bool mean = is(p, "sequence") || is(p, "perplexity");
  p.reduction = mean ? XENT_MEAN : static_cast<xent_reduction>(below(3));
  const xent_denominator denominators[] = {XENT_VALID_ROWS, XENT_VALID_ROWS, XENT_ALL_ROWS, XENT_GIVEN};
  if (p.reduction == XENT_MEAN) p.conventions.denominator = denominators[below(4)];
  if (p.conventions.denominator == XENT_GIVEN)
    p.conventions.denominator_value = 0.25 * static_cast<double>(1 + below(9));
  if (chance(30)) p.conventions.all_ignored = XENT_POLICY_ZERO;
  if (chance(30)) p.conventions.all_masked = chance(50) ? XENT_POLICY_ZERO : XENT_POLICY_INFINITY;
  if (chance(30)) p.conventions.zero_weight_times_infinity = XENT_POLICY_NAN;
}

Case RandomCases::next() {
  Case c;
  c.id = std::to_string(count_++);
  Problem& p = c.problem;
  p.loss = kLosses[below(std::size(kLosses))];
  p.rows = 1 + static_cast<std::int64_t>(below(3));
  p.classes = 1 + static_cast<std::int64_t>(below(chance(70) ? 6 : 40));
  const bool steps = is(p, "sequence") || is(p, "perplexity");
  if (is(p, "softmax_cross_entropy") || is(p, "log_sum_exp") || (steps && chance(40))) {
    p.input_space = XENT_LOGITS;
  } else {
    p.input_space = !is(p, "entropy") && chance(25) ? XENT_LOG_PROBABILITIES : XENT_PROBABILITIES;
  }
  const xent_format formats[] = {XENT_NO_FORMAT, XENT_BINARY16, XENT_BFLOAT16, XENT_BINARY32, XENT_BINARY64};
  p.input_format = formats[regime_ == Regime::typed ? 0 : below(std::size(formats))];
  draw_input(p);
  draw_targets(p);
  draw_options(p);
  return c;
}

}  // namespace xent::golden
