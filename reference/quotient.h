#ifndef XENT_REFERENCE_QUOTIENT_H
#define XENT_REFERENCE_QUOTIENT_H

#include <memory>

#include "reference/exp_sum.h"
#include "reference/log_form.h"

namespace xent::reference {

// A form divided by a sum of powers of e: the mean of losses by weights that are given as logarithms. Units:
// nats. Domain: the divisor is not 0. Exact: where the form is the divisor times a rational and logarithms,
// power by power, it is those; beyond that and zeros nothing is known.
LogForm quotient(LogForm dividend, std::shared_ptr<const SharedExpSum> divisor);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_QUOTIENT_H
