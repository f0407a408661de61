// What is done to probabilities before a loss sees them: clip and normalise, exactly, and the chain rule
// through both.
#ifndef XENT_REFERENCE_PREPARATION_H
#define XENT_REFERENCE_PREPARATION_H

#include <functional>
#include <vector>

#include "reference/log_form.h"
#include "reference/row.h"

namespace xent::reference {

// Whose row it is; the conventions say what each undergoes.
enum class Prepared { input, targets };

// Whether the conventions change such rows.
bool prepares(const xent_conventions& conventions, Prepared which);
// The row as the loss sees it: q -> clip(q / S), or clip(q) / S by XENT_CLIP_FIRST, S the sum of what it
// divides. Domain: entries >= 0, or NaN, which stays; S = 0 makes every entry NaN.
std::vector<Number> prepared(std::span<const Number> row, const xent_conventions& conventions,
                             Prepared which);

// The derivatives with respect to the input or the targets of the row as they are given, from those with
// respect to the prepared ones. `elasticity` of a class is the derivative times the entry it is by, which may
// be finite where the derivative is not. A clip is flat outside its ends, which belong to it, as in
// torch.clamp and tf.clip_by_value. Shape: one a class. Domain: no NaN in what is prepared. Exact: rational
// combinations of what is given.
std::vector<LogForm> before_preparation(const Row& row, Prepared which, std::vector<LogForm> derivatives,
                                        const std::function<LogForm(std::size_t)>& elasticity);

}  // namespace xent::reference

#endif  // XENT_REFERENCE_PREPARATION_H
