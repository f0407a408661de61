#include "properties/machine.h"

#include <cmath>

namespace xent::properties {

double Machine::sum_factor(double n) const {
  if (n <= 1) return 0;
  if (summation == XENT_COMPENSATED) return 2 * u;
  const double additions = summation == XENT_PAIRWISE ? std::ceil(std::log2(n)) + 1 : n - 1;
  const double ku = additions * u;
  return ku < 1 ? ku / (1 - ku) : HUGE_VAL;
}

double function_error(double claimed) {
  constexpr double kUsual = 2;  // within an ulp, which is at most 2u
  return claimed > 0 ? claimed : kUsual;
}

Machine machine_of(const reference::Problem& p, const xent_claim& claim) {
  const reference::Format& compute =
      reference::format(claim.compute_format != 0 ? claim.compute_format : p.input_format);
  Machine machine;
  machine.u = compute.unit_roundoff();
  machine.exp_error = function_error(claim.exp_error) * machine.u;
  machine.log_error = function_error(claim.log_error) * machine.u;
  const bool flushes = contains(claim.guarantees, XENT_FLUSHES_SUBNORMALS);
  machine.smallest = std::ldexp(1.0, flushes ? compute.emin : compute.quantum_exponent());
  machine.largest = compute.largest();
  machine.emin = compute.emin;
  machine.summation = claim.summation;
  return machine;
}

}  // namespace xent::properties
