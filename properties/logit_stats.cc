#include "properties/logit_stats.h"

#include <algorithm>
#include <cmath>

namespace xent::properties {
namespace {

using reference::Number;
using reference::Problem;

double parameter(const Number& x) {
  return x.is_double() ? x.as_double() : x.rational().convert_to<double>();
}

// The maps of a problem, and their errors.
struct Maps {
  double factor = 1;
  double factor_error = 0;
  double cap = 0;
  double reach = 1;  // the larger of 1 and the factors met on the way: an intermediate may be as large

  Maps(const Problem& p, const Machine& a) : cap(parameter(p.softcap)) {
    if (!p.scale.is_zero()) add(parameter(p.scale), a);
    if (!p.temperature.is_zero()) add(1 / parameter(p.temperature), a);
  }
  bool any() const { return factor_error > 0 || cap != 0; }

 private:
  void add(double f, const Machine& a) {
    factor *= f;
    factor_error += 2 * a.u;
    reach = std::max({reach, f, factor});
  }
};

// What is stored for one logit.
struct Mapped {
  double z;
  double error;
  double slope;
  double slope_error;
};

// The judge's own rounding of z, in binary64, belongs to what is not known of it.
constexpr double kOwnError = 0x1p-51;

Mapped linear(const Maps& maps, double x) {
  const double z = x * maps.factor;
  const double error = std::isfinite(z) ? std::abs(z) * (maps.factor_error + kOwnError) : 0;
  return {z, error, maps.factor, maps.factor * (maps.factor_error + kOwnError)};
}

Mapped capped(const Maps& maps, const Machine& a, double x) {
  const double v = x * maps.factor / maps.cap;
  const double t = std::tanh(v);
  const double v_error = maps.factor_error + 2 * a.u + kOwnError;
  const double sech2 = 1 / (std::cosh(v) * std::cosh(v));
  const double moved = std::isfinite(v) ? 2 * std::abs(t) * sech2 * std::abs(v) * v_error : 0;
  const double slope_error = 2 * t * t * (a.exp_error + a.u) + 2 * a.u + moved;
  return {maps.cap * t, maps.cap * std::abs(t) * (maps.factor_error + a.exp_error + 4 * a.u + 2 * kOwnError),
          maps.factor * sech2, maps.factor * (slope_error + sech2 * (maps.factor_error + kOwnError))};
}

}  // namespace

EffectiveLogits effective_logits(const Problem& p, const Machine& a, std::int64_t row) {
  const Maps maps(p, a);
  EffectiveLogits logits;
  for (const Number& number : p.input_row(row)) {
    const double x = number.as_double();
    Mapped mapped = {x, 0, 1, 0};
    if (maps.cap != 0) {
      mapped = capped(maps, a, x);
    } else if (maps.any()) {
      mapped = linear(maps, x);
    }
    logits.z.push_back(mapped.z);
    logits.error.push_back(mapped.error);
    logits.slope.push_back(mapped.slope);
    logits.slope_error.push_back(mapped.slope_error);
    // A product beyond half the largest number may be rounded beyond it, or its quotient by a small cap.
    const double met = std::abs(x) * maps.reach / (maps.cap != 0 ? std::min(1.0, maps.cap) : 1);
    if (maps.any() && std::isfinite(x) && met > a.largest / 2) logits.overflows = true;
  }
  return logits;
}

LogitStats stats_of(const EffectiveLogits& logits, std::size_t excluded) {
  LogitStats stats;
  const std::vector<double>& z = logits.z;
  for (std::size_t i = 0; i < z.size(); ++i) {
    if (i == excluded || !std::isfinite(z[i])) continue;
    stats.updates += z[i] > stats.max ? 1 : 0;
    stats.max = std::max(stats.max, z[i]);
  }
  double sum = 0;
  double weighted = 0;
  double moved = 0;
  double largest_error = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    if (i == excluded || !std::isfinite(z[i])) continue;
    const double gap = stats.max - z[i];
    const double term = std::exp(-gap);
    sum += term;
    weighted += term > 0 ? gap * term : 0;
    moved += term > 0 ? term * std::expm1(logits.error[i]) : 0;
    largest_error = std::max(largest_error, logits.error[i]);
  }
  stats.spread = sum > 0 ? weighted / sum : 0;
  stats.lse_minus_max = sum > 0 ? std::log(sum) : 0;
  stats.moved = sum > 0 ? std::min(moved / sum, largest_error) : 0;
  return stats;
}

}  // namespace xent::properties
