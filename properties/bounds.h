// How far off an honest implementation of a declared grade may be: the second axis of the verdict.
#ifndef XENT_PROPERTIES_BOUNDS_H
#define XENT_PROPERTIES_BOUNDS_H

#include <vector>

#include "properties/declaration.h"
#include "reference/problem.h"

namespace xent::properties {

// Bounds on |computed - true|, one for each output of the problem (the rows, or the reduced value), in the
// units of the output. Infinite where nothing can be said.
//
// With u the unit roundoff of the compute format, c_e and c_l the relative errors of exp and log, s_n the
// summation factor ((n-1)u sequential, (ceil log2 n + 1)u pairwise, 2u compensated), m = max x, S = sum e^(x
// - m), D = sum p_i (m - x_i):
//   log1p        l (u D_r + c_e + s_C + c_l + 2u) when t is the maximum, D_r being D over the other classes;
//                otherwise as shifted
//   shifted      B = u (|x_t - m| + l + D) + c_e + s_C + c_l ln S
//   lse          B + u |lse|
//   online       B + K (c_e + 2u) + s_C, K the number of times the running maximum changes
//   probability  as shifted while p_t is a normal number, beyond that unbounded
//   ulp:K        K ulp of the true value (correctly_rounded: 1/2, faithful: 1)
//   probabilities (entropy, cross-entropy, KL, NLL): sum p (|ln p| + |ln q|) (c_l + 2u) + s_n sum |terms|,
//   for KL plus
//                u sum p, since p ln(p/q) may round the ratio once
// plus C times the smallest subnormal (normal if flushing is declared), plus u_out |value| when the result is
// stored in a narrower format, plus the rounding of a base other than e, of sums and means over rows, and of
// exp for perplexity. Derivations: Higham, Accuracy and Stability of Numerical Algorithms (2002), section 4.2
// for s_n; Blanchard, Higham & Higham (2021), theorems 4.2 and 4.3, for the softmax family. Error: evaluated
// in binary64 and enlarged by 2^-20 of itself, which covers the error of the evaluation for up to 2^30
// classes.
std::vector<double> error_bounds(const reference::Problem& problem, const xent_claim& claim,
                                 const ClaimedGrade& grade);

// The same for the grade the claim declares. Domain: the declaration is valid.
std::vector<double> error_bounds(const reference::Problem& problem, const xent_claim& claim);

// The format whose ulps errors are counted in: that of the output, or the one it was computed in if that is
// coarser.
const reference::Format& measured_in(const reference::Problem& problem, const xent_claim& claim);

// The largest index c with x_c = max x; the bounds of a row treat it as the maximum. Domain: no NaN.
std::size_t argmax(std::span<const reference::Number> logits);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_BOUNDS_H
