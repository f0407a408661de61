// Inputs on which published implementations have really gone wrong, as cases; each names the report.
#ifndef XENT_GOLDEN_PUBLISHED_H
#define XENT_GOLDEN_PUBLISHED_H

#include <vector>

#include "golden/case.h"

namespace xent::golden {

std::vector<Case> published();

}  // namespace xent::golden

#endif  // XENT_GOLDEN_PUBLISHED_H
