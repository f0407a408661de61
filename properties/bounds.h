// How far off an honest implementation of a declared grade may be: the second axis of the verdict.
#ifndef XENT_PROPERTIES_BOUNDS_H
#define XENT_PROPERTIES_BOUNDS_H

#include <vector>

#include "properties/declaration.h"
#include "reference/problem.h"

namespace xent::properties {

// Bounds on |computed - true|, one for each output that the problem wants (the rows, the reduced value, or
// every class of every row), in the units of the output. Infinite where nothing can be said.
//
// With u the unit roundoff of the compute format, c_e and c_l the relative errors of exp and log, s_n the
// summation factor (machine.h), m = max z, S = sum e^(z - m), D = sum p_i (m - z_i), z being the logits after
// scale, temperature and softcap, d_c what sound code may be off in z_c (logit_stats.h) and M how far lse
// moves by it:
//   log1p        l (u D_r + c_e + s_C + c_l + 2u + e^(M_r + d_t) - 1) when t is the maximum, D_r and M_r
//   being
//                D and M over the other classes; otherwise as shifted
//   shifted      B = u (|z_t - m| + l + D) + c_e + s_C + c_l ln S + d_t + M
//   lse          B + u |lse|
//   online       B + K (c_e + 2u) + s_C, K the number of times the running maximum changes
//   probability  as shifted while p_t is a normal number, beyond that unbounded
//   ulp:K        K ulp of the true value (correctly_rounded: 1/2, faithful: 1)
//   probabilities (entropy, cross-entropy, KL, NLL): sum p (|ln p| + |ln q|) (c_l + 2u) + s_n sum |terms|,
//   for KL plus u sum p, since p ln(p/q) may round the ratio once
// plus C times the smallest subnormal (normal if flushing is declared), plus u_out |value| when the result is
// stored in a narrower format, plus the rounding of a base other than e, of sums and means over rows, and of
// exp for perplexity.
//
// What a sum's relative error e is worth in its logarithm, and in what it divides, is -ln(1 - e), e where u
// is small.
//
// Masses a (soft labels, class weights, smoothing; masses.h): sum a_c (B_c + 2u (l_c + m - z_c)) + 2 s_C sum
// a_c (l_c + m - z_c), with the error of a_c times l_c + m - z_c; the lse form has |z_c| + |lse| where the
// others have m - z_c. z-loss lambda lse^2: lambda (2 |lse| E + E^2) + 4u lambda lse^2, E the bound of lse.
// Sample weights round once.
//
// Gradient, g_c = (f (A p_c - a_c) + f_z 2 lambda lse p_c) dz_c/dx_c, A = sum a, f and f_z the products of
// sample weight, upstream factor and what the mean divides by. Computed as e^(z - m) / S, p_c has the
// relative error u (m - z_c) + c_e for its exponential, u D + c_e + s_C for S, u for the quotient, d_c + M
// for the logits; computed as e^(z - lse) it has u l_c + c_l ln S + u more where the quotient was. Both are
// sound, so
//   E_p = e^(u (m - z_c + l_c + D) + 2 c_e + s_C + c_l ln S + 2u + d_c + M) - 1
// (u |lse| and K (c_e + 2u) + s_C are added in the exponent for lse and online), and
//   |error| <= |f| (A p_c E_p + p_c dA + da_c + u |A p_c - a_c|)
//              + |f_z| 2 lambda p_c (|lse| E_p + E (1 + E_p)) + 5u |f_z 2 lambda lse p_c|
//              + (u + the relative errors of f, u each factor, and of the slope) |g_c|,
// A times C + 2 smallest subnormals for p_c, and where there is any factor, weight, smoothing or z-loss, 3u
// for every term by itself: sound code may multiply before it subtracts. The perplexity, whose gradient is
// that of its exponent times it, is such a factor, with the relative error of its own bound. For the target
// of a plain row this is the p (u (m - x) + 2 c_e + u D + s_C + u) + u |g| of textbook code; where the 1 - p
// of a hard label, smoothed or not, is made of the other classes, whose sum is off as in log1p, (1 - p) E
// takes the place of p E if it is larger.
// A label on a masked class makes the loss infinite: its derivative may be 0 or -a. Grades that count the
// ulps of a loss say of a gradient: correctly_rounded and faithful, that every entry is faithful (< 1 ulp);
// ulp:K, what shifted says.
//
// Derivations: Higham, Accuracy and Stability of Numerical Algorithms (2002), section 4.2 for s_n; Blanchard,
// Higham & Higham (2021), theorems 4.2 and 4.3, for the softmax family. Error: evaluated in binary64 and
// enlarged by 2^-20 of itself, which covers the error of the evaluation for up to 2^30 classes.
std::vector<double> error_bounds(const reference::Problem& problem, const xent_claim& claim,
                                 const ClaimedGrade& grade);

// The grade that the claim means for what the problem wants. Domain: the declaration is valid.
ClaimedGrade judged_grade(const reference::Problem& problem, const xent_claim& claim);

// The same for that grade.
std::vector<double> error_bounds(const reference::Problem& problem, const xent_claim& claim);

// For every row, the bound of the derivative with respect to the target's logit, the largest, where small
// derivatives keep their relative accuracy: -l (1 - l / 2 ...) = -sum over i != t of p_i, formed without
// cancellation. Domain: the problem wants the gradient for hard labels, without smoothing, z-loss and
// softcap.
std::vector<double> confident_gradient_bounds(const reference::Problem& problem, const xent_claim& claim);

// The format whose ulps errors are counted in: that of the output, or the one it was computed in if that is
// coarser.
reference::Format measured_in(const reference::Problem& problem, const xent_claim& claim);

// The largest index c with x_c = max x; the bounds of a row treat it as the maximum. Domain: no NaN.
std::size_t argmax(std::span<const reference::Number> logits);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_BOUNDS_H
