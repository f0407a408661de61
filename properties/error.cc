#include "properties/error.h"

#include <fmt/format.h>

#include <cmath>

#include "properties/bounds.h"

namespace xent::properties {
namespace {

using reference::Certified;
using reference::Exactness;
using reference::Format;
using reference::PrecisionScope;

// |x| as the range of its distances from zero, rounded outward to binary64.
struct Distance {
  double least;
  double most;
};

Distance distance(const Enclosure& x) {
  const Enclosure magnitude = abs(x);
  return {std::abs(magnitude.lower_double()), std::abs(magnitude.upper_double())};
}

double special_value(const Exactness& truth) {
  if (truth.kind == Exactness::Kind::nan) return std::nan("");
  return truth.kind == Exactness::Kind::positive_infinity ? HUGE_VAL : -HUGE_VAL;
}

Outcome special(double computed, const Exactness& truth) {
  const double value = special_value(truth);
  if (computed == value || (std::isnan(computed) && std::isnan(value))) return Outcome::pass();
  return Outcome::fail(fmt::format("computed {}, must be {}", shown(computed), value));
}

// Beyond the range of the format the last place goes on growing.
int ulp_exponent_at(const Format& f, const Enclosure& value) {
  const auto exponent = static_cast<int>(std::clamp<long>(value.least_binary_exponent(), -100000, 100000));
  return exponent > f.emax ? exponent - f.precision + 1 : reference::ulp_exponent(f, exponent);
}

// How far x is below what an infinity of that sign stands for at least, which itself need not be a float.
double below_overflow(double x, double infinity, const Format& f) {
  const double half_ulp = std::ldexp(1.0, f.emax - f.precision);
  return f.largest() - std::copysign(1.0, infinity) * x + half_ulp;
}

// What the roundings of a difference, and of the few terms of an allowance, are worth of either.
constexpr double kRoundedUp = 1 - 0x1p-50;

bool is_ulp_grade(Grade grade) {
  return grade <= Grade::ulp;
}

double allowed_ulps(const ClaimedGrade& grade) {
  return grade.grade == Grade::ulp ? grade.ulps : 1;
}

constexpr const char* kOverflow = "intermediate results of sound code overflow";

// Whether infinities may become inf - inf, or 0 times inf.
bool may_meet_nan(const ClaimedGrade& grade, double bound) {
  return !is_ulp_grade(grade.grade) && std::isinf(bound);
}

std::string explained(double computed, const Enclosure& truth, double ulps) {
  return fmt::format("computed {}, true value in [{}, {}], {:.4g} ulp off", shown(computed),
                     truth.lower_decimal(20), truth.upper_decimal(20), ulps);
}

Outcome correctly_rounded(double computed, Certified& truth, const Format& format, double ulps) {
  const auto nearest = truth.rounded(format);
  if (nearest && computed == *nearest) return Outcome::pass();
  const std::string text = explained(computed, truth.enclosure(60), ulps);
  return nearest ? Outcome::fail(text + ", correctly rounded " + shown(*nearest)) : Outcome::undecided(text);
}

std::string broken_rule(const Response& response) {
  if (!response.defect.empty()) return response.defect;
  return response.status == XENT_UNSUPPORTED
             ? "returned XENT_UNSUPPORTED for what it declares to support"
             : fmt::format("returned status {} for a valid problem", response.status);
}

}  // namespace

std::string shown(double value) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  return fmt::format("{} ({})", reference::hexfloat(value), value);
}

Outcome within(const Enclosure& residual, double allowance, const std::string& what) {
  if (std::isnan(allowance)) return Outcome::undecided(what + ": no bound");
  if (!residual.is_valid()) return Outcome::fail(what + ": not a number");
  const Distance d = distance(residual);
  if (d.least <= allowance) return Outcome::pass();
  return Outcome::fail(
      fmt::format("{}: the sides differ by {:.6g}, allowed {:.6g}", what, d.least, allowance));
}

Outcome at_least_zero(const Enclosure& residual, double allowance, const std::string& what) {
  if (std::isnan(allowance)) return Outcome::undecided(what + ": no bound");
  if (!residual.is_valid()) return Outcome::fail(what + ": not a number");
  if (residual.upper_double() >= -allowance) return Outcome::pass();
  return Outcome::fail(
      fmt::format("{}, is {:.6g}, allowed -{:.6g}", what, residual.upper_double(), allowance));
}

Outcome compare(double computed, Certified& truth, const Format& format, const ClaimedGrade& grade,
                double bound, Measurement* measurement) {
  measurement->ulps = HUGE_VAL;
  measurement->computed = computed;
  if (truth.exactness().is_special()) {
    measurement->true_value = special_value(truth.exactness());
    if (std::isnan(computed) && !std::isnan(measurement->true_value) && may_meet_nan(grade, bound))
      return Outcome::inadmissible(kOverflow);
    Outcome outcome = special(computed, truth.exactness());
    if (outcome.kind == Outcome::Kind::pass) measurement->ulps = 0;
    return outcome;
  }
  const Enclosure& value = truth.enclosure(60);
  measurement->true_value = value.lower_double();
  const PrecisionScope scope(kJudgePrecision);
  if (std::isnan(computed)) {
    if (may_meet_nan(grade, bound)) return Outcome::inadmissible(kOverflow);
    return Outcome::fail(explained(computed, value, HUGE_VAL));
  }
  // An overflow is right when the true value plus what the claim allows reaches beyond the format.
  if (std::isinf(computed)) {
    if (grade.grade == Grade::correctly_rounded) {
      Outcome outcome = correctly_rounded(computed, truth, format, HUGE_VAL);
      if (outcome.kind == Outcome::Kind::pass) measurement->ulps = 0;
      return outcome;
    }
    if (is_ulp_grade(grade.grade))
      bound = allowed_ulps(grade) * std::ldexp(1.0, ulp_exponent_at(format, value));
    const double nearest = computed > 0 ? value.upper_double() : value.lower_double();
    if (may_overflow(nearest, computed, bound, format)) {
      measurement->ulps = 0;
      return Outcome::pass();
    }
    return Outcome::fail(explained(computed, value, HUGE_VAL));
  }
  const Distance error = distance(Enclosure(computed) - value);
  const double ulp = std::ldexp(1.0, ulp_exponent_at(format, value));
  // Divided before rounding to binary64: an error below its range is still a small fraction of an ulp.
  const Distance in_ulps = distance((Enclosure(computed) - value) / Enclosure(ulp));
  measurement->ulps = in_ulps.most;
  if (grade.grade == Grade::correctly_rounded)
    return correctly_rounded(computed, truth, format, in_ulps.least);
  const double allowed = is_ulp_grade(grade.grade) ? allowed_ulps(grade) * ulp : bound;
  // Below one ulp, but not at it: faithful.
  const bool inside = grade.grade == Grade::faithful ? error.least < allowed : error.least <= allowed;
  if (inside) return Outcome::pass();
  return Outcome::fail(fmt::format("{}, error / bound of grade '{}' = {:.4g}",
                                   explained(computed, value, in_ulps.least), name(grade.grade),
                                   error.least / allowed));
}

Outcome compare_entry(double computed, Certified& truth, const Format& format, const ClaimedGrade& grade,
                      double bound, Measurement* m) {
  if (!is_ulp_grade(grade.grade) && std::isfinite(computed)) {
    const auto nearest = truth.rounded(*reference::find_format("binary64"));
    // Half an ulp of binary64 for the rounding, half an ulp of the difference for its own.
    if (nearest && std::isfinite(*nearest)) {
      const double error =
          std::abs(computed - *nearest) * (1 + 0x1p-52) + std::abs(*nearest) * 0x1p-53 + 0x1p-1074;
      if (error <= bound) {
        const int exponent = *nearest == 0 ? format.emin : std::ilogb(*nearest);
        const int ulp = exponent > format.emax ? exponent - format.precision + 1
                                               : reference::ulp_exponent(format, exponent);
        m->ulps = std::ldexp(error, -ulp);
        m->true_value = *nearest;
        m->computed = computed;
        return Outcome::pass();
      }
    }
  }
  return compare(computed, truth, format, grade, bound, m);
}

bool is_same(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

bool may_overflow(double x, double infinity, double allowance, const Format& format) {
  return below_overflow(x, infinity, format) * kRoundedUp <= allowance;
}

bool agree(double a, double b, double allowance, const Format& format) {
  const bool is_any = std::isnan(allowance) || allowance == HUGE_VAL;
  if (is_any || is_same(a, b)) return true;
  if (std::isinf(a) && std::isinf(b)) return 2 * below_overflow(0, a, format) * kRoundedUp <= allowance;
  if (std::isinf(a)) return may_overflow(b, a, allowance, format);
  if (std::isinf(b)) return may_overflow(a, b, allowance, format);
  return std::abs(a - b) * kRoundedUp <= allowance;
}

Answered ask(const Subject& subject, const Problem& problem) {
  const Response response = subject.run(problem);
  if (!response.usable()) return {{}, {}, Outcome::breach(broken_rule(response))};
  return {response.loss, response.grad, std::nullopt};
}

}  // namespace xent::properties
