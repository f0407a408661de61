// What the losses of the rows are divided by, in binary64.
#ifndef XENT_PROPERTIES_DIVISORS_H
#define XENT_PROPERTIES_DIVISORS_H

#include "properties/machine.h"

namespace xent::properties {

struct Divisors {
  double loss = 1;
  double z_loss = 1;
  // Of the quotient: a division, or a reciprocal and a product (2u), and what sound code may be off in the
  // divisor: a given number or a count is rounded once; a sum of weights is a sum of products.
  double error = 0;
  bool is_empty = false;  // a mean of nothing: its value is a convention
};
Divisors divisors_of(const reference::Problem& problem, const Machine& machine);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_DIVISORS_H
