// A row of logits as its loss sees it, and what the error bounds need of it.
#ifndef XENT_PROPERTIES_LOGIT_STATS_H
#define XENT_PROPERTIES_LOGIT_STATS_H

#include <cstddef>
#include <limits>
#include <vector>

#include "properties/machine.h"

namespace xent::properties {

// z = cap(x scale / temperature), in binary64, with what sound code may be off in each z and in dz/dx.
//
// scale and temperature are parameters that the code rounds to its format, and each is one operation: 2u for
// each that is given. cap tanh(v / cap): |d ln tanh / d ln v| <= 1, so the relative error of v passes at most
// once; the cap is rounded and used twice, the quotient and the product are rounded: 4u, and tanh is taken to
// be as good as exp, c_e. Its derivative 1 - t^2 cancels: the square is off by 2 t^2 (c_e + u) + u t^2, the
// difference by u, and v's error e moves t^2 by 2 t (1 - t^2) v e.
struct EffectiveLogits {
  std::vector<double> z;            // -inf where masked
  std::vector<double> error;        // absolute
  std::vector<double> slope;        // dz/dx
  std::vector<double> slope_error;  // absolute
  bool overflows = false;           // an intermediate of sound code may leave the format
};
EffectiveLogits effective_logits(const reference::Problem& problem, const Machine& machine, std::int64_t row);

struct LogitStats {
  double max = -std::numeric_limits<double>::infinity();
  double spread = 0;  // D = sum p (m - z)
  double lse_minus_max = 0;
  // How far ln sum e^z moves when every z is off by its error d: at most max d, and at most sum p (e^d - 1).
  double moved = 0;
  double updates = 0;  // changes of the running maximum

  bool is_empty() const { return max == -std::numeric_limits<double>::infinity(); }
  double lse() const { return max + lse_minus_max; }
};

inline constexpr std::size_t kNoClass = std::numeric_limits<std::size_t>::max();

// Of all classes but `excluded` that are not masked.
LogitStats stats_of(const EffectiveLogits& logits, std::size_t excluded = kNoClass);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_LOGIT_STATS_H
