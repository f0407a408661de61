// The judge for the frameworks of others: law by law, and in words.
#ifndef XENT_PROPERTIES_OBJECTION_H
#define XENT_PROPERTIES_OBJECTION_H

#include <string>
#include <vector>

#include "reference/xent.h"

namespace xent::properties {

// The ids of the laws that the declaration implies; "declaration" alone if that makes no sense.
std::vector<std::string> implied_laws(const xent_implementation& implementation);

// What speaks against the law at level smoke and seed 1, with the smallest case found; empty if nothing does.
// `again` is the command that asks the same: with the case in the environment variable XENT_CASE, which is
// then judged instead of generated ones.
std::string objection(const xent_implementation& implementation, const std::string& law,
                      const std::string& again);

}  // namespace xent::properties

#endif  // XENT_PROPERTIES_OBJECTION_H
