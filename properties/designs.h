// Sound implementations of different designs: what the judge must never accuse. One row each.
#ifndef XENT_PROPERTIES_DESIGNS_H
#define XENT_PROPERTIES_DESIGNS_H

#include <span>

#include "reference/xent.h"

namespace xent::properties {

// The code that the mutants are made from first, then other conventions, forms, orders of summation, blocks,
// formats.
std::span<const xent_implementation* const> sound_implementations();
const xent_implementation* sound_implementation();

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_DESIGNS_H
