#ifndef XENT_REFERENCE_SEQUENCE_H
#define XENT_REFERENCE_SEQUENCE_H

#include <vector>

#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

// One step of a sequence loss: -ln P(x_t | x_<t), from probabilities, log-probabilities or logits. The loss
// of the sequence is the mean over its steps (rows), and its exponential is the perplexity. Shape: classes >=
// 1 entries (the vocabulary) and one target (the token that occurred). Units: nats. Domain and exact cases:
// those of nll or softmax_cross_entropy; e^loss from probabilities is algebraic, and rational exactly when
// prod q_t^(1/n) is. Source: the notes, section 4; Jelinek et al., Perplexity: a measure of the difficulty of
// speech recognition tasks (1977).
LogForm sequence(const Row& row);
Quantities sequence_gradient(const Row& row, const Factors& factors);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_SEQUENCE_H
