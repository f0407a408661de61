// What each class counts in a loss of the form sum a_c (-ln p_c), in binary64.
#ifndef XENT_PROPERTIES_MASSES_H
#define XENT_PROPERTIES_MASSES_H

#include <vector>

#include "properties/machine.h"

namespace xent::properties {

// a_c = (1 - alpha) y_c w_c + mass_c w'_c, with what sound code may be off in each: the smoothing parameter
// is rounded (u alpha; three times as much where the mass goes to the others only, which is also computed as
// alpha C / (C - 1) on all classes), 1 - alpha is a difference (u (1 - alpha)), y w (1 - alpha) are two
// products, alpha / C times w' a rounded parameter, a quotient and a product (3u), and the sum is rounded.
struct Masses {
  std::vector<double> a;
  std::vector<double> error;  // absolute
  double total = 0;           // of those that count: masked_labels may leave masked classes out
  double total_error = 0;
  bool is_single = false;  // a hard label without smoothing: all but one are 0
  std::size_t single = 0;  // its class
  bool is_unit = false;    // moreover its weight is 1
};

// Domain: the row is not ignored, its target in range, no weight and no label NaN.
Masses masses_of(const reference::Problem& problem, const Machine& machine, std::int64_t row);

// A number as binary64.
double as_double(const reference::Number& x);

// Element `index` of weights; 1 if there are none.
double weight_at(const std::vector<reference::Number>& weights, std::int64_t index);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_MASSES_H
