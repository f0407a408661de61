// Terms c ln q_i of a distribution given as probabilities or as their logarithms.
#ifndef XENT_REFERENCE_DISTRIBUTION_H
#define XENT_REFERENCE_DISTRIBUTION_H

#include "reference/log_form.h"
#include "reference/xent.h"

namespace xent::reference {

// Adds c ln q to the form, where `entry` is q or, in log space, ln q. 0 ln 0 = 0. NaN makes the form NaN.
// Domain: space is XENT_PROBABILITIES (entry >= 0) or XENT_LOG_PROBABILITIES.
void add_log_of(LogForm& form, const Rational& c, const Number& entry, xent_space space);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_DISTRIBUTION_H
