#ifndef XENT_REFERENCE_PERPLEXITY_H
#define XENT_REFERENCE_PERPLEXITY_H

#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

// The derivatives of e^L, L the mean loss of a sequence, by the input of one step: e^L times those of L,
// which are those of sequence.h. Shape, domain: those of a step. Units: choices, in every base.
// Where e^L is infinite: the infinity times them, of their sign; 0 times it is what the conventions say.
// Exact cases: from probabilities, where e^L is rational. From logits of a single step, e^L is
// sum e^(x_i - x_t), and its derivatives are e^(x_c - x_t) and -sum over i != t: rational only where all
// these exponents are 0 (Lindemann-Weierstrass). For more steps of unequal logits nothing is known.
// Domain: factors.power is there.
Quantities perplexity_gradient(const Row& row, const Factors& factors);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_PERPLEXITY_H
