// Every number, formula and example of the notes on cross-entropy that this project implements, as cases; and
// the sentences of those notes that hold only under conditions, with numbers for both sides.
#ifndef XENT_GOLDEN_NOTES_H
#define XENT_GOLDEN_NOTES_H

#include <vector>

#include "golden/case.h"

namespace xent::golden {

std::vector<Case> notes();

}  // namespace xent::golden

#endif  // XENT_GOLDEN_NOTES_H
