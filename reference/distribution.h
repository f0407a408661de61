// Terms c ln q_i of a distribution given as probabilities or as their logarithms.
#ifndef XENT_REFERENCE_DISTRIBUTION_H
#define XENT_REFERENCE_DISTRIBUTION_H

#include "reference/quantity.h"
#include "reference/row.h"

namespace xent::reference {

// Adds mass ln q to the form, where `entry` is q or, in log space, ln q. 0 ln 0 = 0. NaN makes the form NaN.
// Domain: space is XENT_PROBABILITIES (entry >= 0) or XENT_LOG_PROBABILITIES.
void add_log_of(LogForm& form, const Mass& mass, const Number& entry, xent_space space);

// Adds mass (-ln q) likewise, Q being the problem's input, where 0 times an infinity is NaN by convention.
void add_surprisal(LogForm& form, const Mass& mass, const Number& entry, const Problem& problem);

// What `entry` of P, or of Q, stands for: p, where it is p or ln p.
Mass probability(const Number& entry, xent_space space);

// Whether `entry` stands for the probability 0.
bool is_impossible(const Number& entry, xent_space space);

bool has_nan(std::span<const Number> numbers);

// Whether 0 times infinity is NaN by the problem's convention.
bool zero_times_infinity_is_nan(const Problem& problem);

// mass times a form, where 0 times an infinity is 0, or NaN by that convention.
LogForm times(const Mass& mass, LogForm form, const Problem& problem);

// sum mass_c (-ln q_c) over the masses of the row, Q from its input. A NaN in the row gives NaN; a mass of 0
// times an infinity is 0, or NaN by convention zero_weight_times_infinity.
LogForm expected_surprisal(const Row& row);
// The derivatives of expected_surprisal with respect to every entry of Q as it is given, -mass_c / q_c or, in
// log space, -mass_c; and to every p_c of target_probs as it is given, where nothing prepares them -w_c (1 -
// smoothing) ln q_c, or in log space p_c times that. Times factors.loss.
Quantities expected_surprisal_gradient(const Row& row, const Factors& factors);
Quantities expected_surprisal_target_gradient(const Row& row, const Factors& factors);

// The forms, divided by the divisor of the loss, as values in the base of the problem.
Quantities logarithms(std::vector<LogForm> forms, const Factors& factors, const Problem& problem);

// NaN for every class: the derivatives of a row that has none.
Quantities undefined_entries(const Problem& problem);

// Adds c times the derivative of ln q with respect to `entry`: c / q, or c in log space. 0 / 0 is 0, or NaN
// by convention; c / 0 is an infinity.
void add_derivative_of_log(LogForm& form, const Mass& c, const Number& entry, const Problem& problem);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_DISTRIBUTION_H
