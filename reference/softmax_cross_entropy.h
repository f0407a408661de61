#ifndef XENT_REFERENCE_SOFTMAX_CROSS_ENTROPY_H
#define XENT_REFERENCE_SOFTMAX_CROSS_ENTROPY_H

#include <vector>

#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

// Softmax cross-entropy: sum a_c (lse(x) - x_c), with the masses a of row.h: lse - x_t for a hard label, lse
// sum y - sum y x for soft labels y, and what weights and smoothing make of them. Shape: classes >= 1 logits;
// one target, or classes soft labels. Units: nats. Domain: logits finite or -inf (a masked class: it
// contributes nothing; where its mass is not 0 it gives an infinity); a NaN or +inf logit gives NaN; all
// logits -inf: by convention all_masked. y >= 0, used as given; a mass of 0 contributes nothing, also where x
// = -inf (by convention zero_weight_times_infinity); nor do soft labels and label smoothing of a masked class
// by convention masked_labels. With softcap +-inf are numbers. Exact: rational only if
// sum a = 0 or the row has a single finite logit (Lindemann-Weierstrass); with softcap, or labels given as
// logarithms, nothing is known but for equal logits. Source: Bridle, Probabilistic Interpretation of
// Feedforward Classification Network Outputs (1990); Szegedy et al., Rethinking the Inception Architecture
// (2016), section 7, for label smoothing.
LogForm softmax_cross_entropy(const Row& row);

// Its derivatives with respect to every logit: p_c sum a - a_c, times factors.loss, and 2 z_loss lse p_c
// times factors.z_loss. Domain and exact cases: see softmax.h.
Quantities softmax_cross_entropy_gradient(const Row& row, const Factors& factors);
// Its derivatives with respect to every soft label: w_c (1 - smoothing) (lse - x_c), times factors.loss, and
// times e^l by the logarithm l of a label; 0 for a masked class whose label counts nothing.
Quantities softmax_cross_entropy_target_gradient(const Row& row, const Factors& factors);

// Adds factor * z_loss * lse^2 to the form of a row's loss. Units: nats squared, added as they are.
// Exact: rational only if the row has a single finite logit (theorem 4 of log_form.h).
// Source: de Brebisson & Vincent, The Z-loss (2016); Chowdhery et al., PaLM (2022), section 5.
void add_z_loss(LogForm& form, const Rational& factor, const Row& row);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_SOFTMAX_CROSS_ENTROPY_H
