// The arithmetic of one implementation, as its claim describes it: what the error bounds are made of.
#ifndef XENT_PROPERTIES_MACHINE_H
#define XENT_PROPERTIES_MACHINE_H

#include "properties/declaration.h"
#include "reference/problem.h"

namespace xent::properties {

struct Machine {
  double u = 0;  // the unit roundoff
  double exp_error = 0;
  double log_error = 0;
  double largest = 0;   // finite number; intermediates beyond it overflow in sound code too
  double smallest = 0;  // absolute error of an operation whose result is below the normal range
  int emin = 0;
  xent_summation summation = XENT_SEQUENTIAL;

  // Whether an intermediate about as large may overflow; it may be off by any error that bounds speak of.
  bool overflows(double magnitude) const { return magnitude * (1 + 0x1p-10) > largest; }
  // The relative error of a sum of n terms of one sign: k u / (1 - k u) for k additions on the longest path
  // (Higham 2002, section 4.2), 2u if compensated; infinite where k u >= 1.
  double sum_factor(double n) const;
};

// The relative error of exp or of a logarithm in units of u, of which a claim says so much.
double function_error(double claimed);

Machine machine_of(const reference::Problem& problem, const xent_claim& claim);

// An approximate value and the bound of what is computed for it.
struct Bounded {
  double value = 0;
  double bound = 0;
};

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_MACHINE_H
